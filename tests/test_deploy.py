"""The container files name commands, settings and files that exist. No image is built here: that takes an engine."""

import re
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli import app
from bot.settings import ROOT, SETTINGS

DEPLOY = ROOT / "deploy"
ALLOWED = {name for setting in SETTINGS for name in (setting.name, f"{setting.name}_FILE")}
Service = dict[str, Any]


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def ours() -> dict[str, Service]:
    return {name: one for name, one in compose()["services"].items() if one["image"] == "between-sessions"}


def pod() -> Service:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes/between.yaml").read_text(encoding="utf-8"))
    [deployment] = [one for one in documents if one["kind"] == "Deployment"]
    spec: Service = deployment["spec"]["template"]["spec"]
    return spec


def is_command(words: list[str]) -> bool:
    command: Any = get_command(app)
    for word in words:
        command = getattr(command, "commands", {}).get(word)
    return command is not None


@pytest.mark.parametrize("service", ours().values(), ids=list(ours()))
def test_a_service_runs_a_command_that_exists_with_settings_that_exist(service: Service) -> None:
    assert is_command(service["command"])
    assert set(service["environment"]) <= ALLOWED


def test_compose_and_the_pod_run_the_same_processes() -> None:
    containers = {one["name"]: one["args"] for one in [*pod()["initContainers"], *pod()["containers"]]}

    assert containers == {name: one["command"] for name, one in ours().items()}
    assert set(containers) == {"migrate", "web", "rasa", "actions", "worker"}
    assert {entry["name"] for one in pod()["containers"] for entry in one["env"]} <= ALLOWED


def test_only_web_has_a_public_port_and_only_what_sends_reaches_out() -> None:
    services = compose()["services"]

    assert [name for name, one in services.items() if "ports" in one] == ["web"]
    assert all(one["ports"][0].startswith("127.0.0.1:") for one in services.values() if "ports" in one)
    assert {name for name, one in services.items() if "outer" in one["networks"]} == {"web", "worker"}
    assert compose()["networks"]["inner"]["internal"] is True


def test_what_compose_asks_for_is_in_the_example() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    example = (DEPLOY / "example.env").read_text(encoding="utf-8")

    asked = set(re.findall(r"\$\{([A-Z_]+)", text))

    assert asked == set(re.findall(r"^([A-Z_]+)=", example, flags=re.MULTILINE))


def test_what_the_image_is_made_of_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

    scripts = re.findall(r"python3 (\S+\.py)", text)
    [words] = re.findall(r"^CMD \[(.*)\]", text, flags=re.MULTILINE)

    assert scripts
    assert all((ROOT / script).exists() for script in scripts)
    assert is_command([word for word in re.findall(r'"([^"]+)"', words) if not word.startswith("-")])


def test_nothing_secret_or_heavy_of_this_folder_goes_into_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {".git", ".venv", ".venv-rasa", "var*", ".env"} <= set(left_out)
