"""Layer 2 for a process of the other runtime: texts in, findings out, with a trained model and without a server.

python -m bot.engine.meaning.reader MODEL.tar.gz      each line a JSON list of texts, each answer a line with as many
                                                       [finding, score]; ready when it has said {"ready": true}
"""

import json
import sys
import tarfile
import tempfile
from pathlib import Path

from bot.engine.meaning import surface, weights
from bot.engine.meaning.layer import FACTS, OWN_SETTINGS, Layer


def main() -> None:
    layer = load_from(Path(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(layer.read(json.loads(line))), flush=True)


def load_from(model: Path) -> Layer:
    """Layer 2 out of a model of Rasa's, which is an archive with a folder for each trained component."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        for member in archive:
            if member.isfile() and Path(member.name).name in (FACTS, OWN_SETTINGS, weights.FILE, surface.FILE):
                member.name = Path(member.name).name
                archive.extract(member, folder)
        return Layer.load(Path(folder))


if __name__ == "__main__":
    main()
