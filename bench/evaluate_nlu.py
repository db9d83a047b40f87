"""`make evaluate-nlu`: how well intents are understood, by cross-validation and on sentences written apart.

python -m bench.evaluate_nlu [--model FILE] [--compare] [--thresholds]
--compare trains the pipelines of bench/pipelines/ one after another and measures each on the same sentences (minutes).
--thresholds holds a fifth of the examples back and shows what each threshold of the fallback lets through.
"""

import argparse
import json
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.table import print_table
from bench.understanding import (
    BEYOND,
    INTENT_TESTS,
    NOT_UNDERSTOOD,
    SENTENCES,
    accuracy,
    confusions,
    intents,
    macro_f1,
    run_rasa,
    understand,
    understood_as_beyond,
)
from bot import settings
from bot.commands.train import train
from bot.settings import ROOT

NLU = ROOT / "bot/data/nlu"
PIPELINES = Path(__file__).parent / "pipelines"
FOLDS = 5
THRESHOLDS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
CONFUSIONS = 40
TOGETHER = ("diet_with_embeddings", "regression_on_embeddings")
FALLBACK_AT = 0.4
OURS = "bot.engine."
OF_INTENTS = ("bot.engine.embeddings.SentenceEmbeddings", "bot.engine.guessers.Intents")
FALLBACK = "FallbackClassifier"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a trained model; without it the one for the present files")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--thresholds", action="store_true")
    asked = parser.parse_args()
    if asked.compare:
        compare()
    elif asked.thresholds:
        sweep()
    else:
        cross_validate()
        on_sentences_by_other_hands(asked.model or train(settings.load()))


def on_sentences_by_other_hands(model: Path) -> None:
    sets = {name: measured(model, intents(SENTENCES / name)) for name in INTENT_TESTS}
    print_table(HEAD, [row(name, pairs) for name, pairs in sets.items()])
    for name, pairs in sets.items():
        print_table([name, "taken for", "times"], [[a, b, str(n)] for a, b, n in confusions(pairs)[:CONFUSIONS]])


def cross_validate() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yml"
        write(config, list(of_intents(read_pipeline(ROOT / "config.yml"))))
        run_rasa(
            "-m", "rasa", "test", "nlu", "--nlu", str(NLU), "--config", str(config), "--cross-validation",
            "--folds", str(FOLDS), "--out", folder, "--no-plot",
        )  # fmt: skip
        report = json.loads((Path(folder) / "intent_report.json").read_text(encoding="utf-8"))
    macro = report["macro avg"]["f1-score"]
    print_table(
        [f"cross-validation, {FOLDS} folds", "accuracy", "macro-F1"],
        [["examples of bot/data/nlu", f"{report['accuracy']:.3f}", f"{macro:.3f}"]],
    )


def compare() -> None:
    """Every pipeline of bench/pipelines, trained on the same examples, measured on the same sentences."""
    sentences = intents(SENTENCES / "nlu_test.yml")
    rows, rankings = [], {}
    for path in sorted(PIPELINES.glob("*.yml")):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            model = trained(read_pipeline(path), NLU, Path(folder))
            took = time.monotonic() - began
            found = understand([text for text, _ in sentences], model)
        rankings[path.stem] = [ranking(one) for one in found]
        rows.append([*row(path.stem.replace("_", " "), paired(sentences, found)), f"{took:.0f}"])
        print("  ".join(rows[-1]), flush=True)
    both = together(*(rankings[name] for name in TOGETHER))
    rows.append([*row(" + ".join(TOGETHER).replace("_", " "), paired(sentences, both)), ""])
    print_table([*HEAD, "training s"], rows)


def ranking(found: dict[str, Any]) -> dict[str, float]:
    """The confidence of each intent, the fallback left out."""
    return {one["name"]: one["confidence"] for one in found["intent_ranking"] if one["name"] != NOT_UNDERSTOOD[1]}


def together(one: Sequence[dict[str, float]], other: Sequence[dict[str, float]]) -> list[dict[str, Any]]:
    """Two classifiers' mean, with the same fallback as each alone."""
    found = []
    for first, second in zip(one, other, strict=True):
        mean = {name: (first.get(name, 0.0) + second.get(name, 0.0)) / 2 for name in {*first, *second}}
        best = max(mean, key=lambda name: mean[name])
        found.append({"intent": {"name": best if mean[best] >= FALLBACK_AT else NOT_UNDERSTOOD[1]}})
    return found


def sweep() -> None:
    """A fifth of the examples is held back; what each threshold of the fallback would make of it."""
    everything = [pair for path in sorted(NLU.glob("*.yml")) for pair in intents(path)]
    held = [pair for pair in everything if zlib.crc32(pair[0].encode()) % FOLDS == 0]
    with tempfile.TemporaryDirectory() as folder:
        examples = Path(folder) / "nlu.yml"
        write_examples(examples, [pair for pair in everything if pair not in held])
        pipeline = [one for one in of_intents(read_pipeline(ROOT / "config.yml")) if one["name"] != FALLBACK]
        model = trained(pipeline, examples, Path(folder))
        found = understand([text for text, _ in held], model)
    rows = []
    for threshold in THRESHOLDS:
        pairs = [
            (wanted, one["intent"]["name"] if one["intent"]["confidence"] >= threshold else NOT_UNDERSTOOD[1])
            for (_, wanted), one in zip(held, found, strict=True)
        ]
        told = [(wanted, got) for wanted, got in pairs if wanted != BEYOND]
        wrong = sum(wanted != got != NOT_UNDERSTOOD[1] for wanted, got in told) / len(told)
        rows.append([f"{threshold:.2f}", f"{accuracy(told):.3f}", f"{wrong:.3f}", f"{understood_as_beyond(pairs):.3f}"])
    print_table(["threshold", "right intent", "wrong intent", "out of scope recognised"], rows)


HEAD = ("pipeline", "sentences", "intent accuracy", "macro-F1", "out of scope recognised")


def row(name: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    told = [pair for pair in pairs if pair[0] != BEYOND]
    return [
        name,
        str(len(pairs)),
        f"{accuracy(told):.3f}",
        f"{macro_f1(told):.3f}",
        f"{understood_as_beyond(pairs):.3f}",
    ]


def measured(model: Path, sentences: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Wanted and found intent of each sentence, by the classifier alone: the risk gate is measured elsewhere."""
    return paired(sentences, understand([text for text, _ in sentences], model))


def paired(sentences: Sequence[tuple[str, str]], found: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (wanted, str((one.get("intent") or {}).get("name"))) for (_, wanted), one in zip(sentences, found, strict=True)
    ]


def trained(pipeline: list[dict[str, Any]], examples: Path, folder: Path) -> Path:
    config = folder / "config.yml"
    write(config, pipeline)
    run_rasa(
        "-m", "rasa", "train", "nlu", "--config", str(config), "--nlu", str(examples), "--out", str(folder),
        "--fixed-model-name", "compared",
    )  # fmt: skip
    return next(folder.glob("*compared.tar.gz"))


def read_pipeline(path: Path) -> list[dict[str, Any]]:
    pipeline: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["pipeline"]
    return pipeline


def of_intents(pipeline: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The components that decide the intent; our other ones learn from other files."""
    return (one for one in pipeline if not one["name"].startswith(OURS) or one["name"] in OF_INTENTS)


def write(path: Path, pipeline: list[dict[str, Any]]) -> None:
    config = {"recipe": "default.v1", "assistant_id": "compared", "language": "en", "pipeline": pipeline}
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def write_examples(path: Path, pairs: Sequence[tuple[str, str]]) -> None:
    blocks = ['version: "3.1"', "nlu:"]
    for intent in sorted({intent for _, intent in pairs}):
        blocks += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text, of in pairs if of == intent)]
    path.write_text("\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
