"""The examples of docs/embedding.md that sign identities: run as they stand there, read as the front door does."""

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import playwright
import pytest

from bot.settings import ROOT
from bot.store.rows import Clinic, ClinicSettings
from bot.web.problems import Refusal
from bot.web.tokens import identity_of

SECRET = "the-signing-secret-of-a-clinic-of-the-tests"

# Playwright brings a Node of its own.
NODE = Path(playwright.__file__).parent / "driver/node"
DOCUMENT = (ROOT / "docs/embedding.md").read_text(encoding="utf-8")


def example(language: str, name: str) -> str:
    found = [block for block in re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.S) if name in block]
    assert len(found) == 1
    return str(found[0])


def in_python(patient: str) -> str:
    names: dict[str, object] = {}
    exec(example("python", "def sign_identity"), names)
    sign = names["sign_identity"]
    assert callable(sign)
    return str(sign(patient, SECRET, "demo"))


def in_javascript(patient: str) -> str:
    script = example("js", "function signIdentity") + (
        "const [patient, secret] = process.argv.slice(-2);\nconsole.log(signIdentity(patient, secret, 'demo'));\n"
    )
    done = subprocess.run(
        [NODE, "--input-type=module", "-", "--", patient, SECRET],
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_both_examples_name_the_patient_as_the_front_door_reads_it() -> None:
    now = datetime.now(UTC)
    settings = ClinicSettings(name="Demonstration", identity_secret=SECRET)
    clinic = Clinic(id="demo", settings=settings, created_at=now)
    other = replace(clinic, id="other")
    signed = [in_python("Ann Ø / 7"), in_javascript("Ann Ø / 7"), in_python("Ann Ø / 7")]

    assert [identity_of(identity, clinic, now=now).patient for identity in signed] == ["Ann Ø / 7"] * 3
    assert len(set(signed)) == 3, "each can be used once"
    for identity in signed:
        with pytest.raises(Refusal):
            identity_of(identity, other, now=now)
