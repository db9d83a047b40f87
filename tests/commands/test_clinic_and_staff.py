"""`between migrate`, `clinic` and `staff`: what an administrator does first."""

import json
from pathlib import Path

import pytest

from tests.command_line import Between


def test_a_fresh_installation_is_migrated_and_gets_keys(between: Between, data_dir: Path) -> None:
    done = between("migrate")

    assert done.code == 0
    assert (data_dir / "keys.json").stat().st_mode & 0o077 == 0
    assert (data_dir / "inner.secret").stat().st_mode & 0o077 == 0


def test_an_unmigrated_database_is_refused_with_what_to_do(between: Between) -> None:
    done = between("clinic", "list")

    assert done.code == 2
    assert "between migrate" in done.err
    assert "Traceback" not in done.err


def test_a_lost_key_file_is_refused_and_never_replaced(between: Between, data_dir: Path) -> None:
    between("migrate")
    between("clinic", "add", "north", "--name", "North")
    (data_dir / "keys.json").unlink()

    done = between("clinic", "list")

    assert done.code == 2
    assert "keys.json" in done.err
    assert not (data_dir / "keys.json").exists()


def test_a_clinic_is_added_changed_and_shown_without_its_secret(between: Between) -> None:
    between("migrate")
    between("clinic", "add", "north", "--name", "North clinic")

    changed = between(
        "clinic",
        "set",
        "north",
        "retention_days=90",
        "identity_secret=hush-hush-hush-hush-hush-hush-hush",
        "origins=https://a.example",
    )
    shown = json.loads(between("clinic", "show", "north").out)

    assert changed.code == 0
    assert shown["retention_days"] == 90
    assert shown["origins"] == ["https://a.example"]
    assert shown["identity_secret"] == "(set)"


@pytest.mark.parametrize("pair", ["retention_days=soon", "colour=blue", "legal_hold=maybe", "demo=no", "name"])
def test_a_setting_that_cannot_be_used_names_itself_and_what_is_allowed(between: Between, pair: str) -> None:
    between("migrate")
    between("clinic", "add", "north", "--name", "North clinic")

    done = between("clinic", "set", "north", pair)

    assert done.code == 2
    assert pair in done.err


@pytest.mark.parametrize("clinic_id", ["", "North", "a b", "../x"])
def test_a_clinic_id_is_a_short_plain_name(between: Between, clinic_id: str) -> None:
    between("migrate")

    assert between("clinic", "add", clinic_id, "--name", "North").code == 2


def test_staff_are_added_with_a_password_that_is_shown_once(between: Between) -> None:
    between("migrate")
    between("clinic", "add", "north", "--name", "North clinic")

    added = between("staff", "add", "north", "anna@north.example", "--name", "Anna")
    again = between("staff", "add", "north", "ANNA@north.example", "--name", "Anna")
    listed = json.loads(between("staff", "list", "north", "--json").out)

    assert added.code == 0
    assert "password" in added.out
    assert again.code == 2
    assert [(one["email"], one["role"]) for one in listed] == [("anna@north.example", "clinician")]


def test_a_reset_gives_another_password_and_needs_the_right_clinic(between: Between) -> None:
    between("migrate")
    between("clinic", "add", "north", "--name", "North clinic")
    between("clinic", "add", "south", "--name", "South clinic")
    first = between("staff", "add", "north", "anna@north.example", "--name", "Anna")

    reset = between("staff", "reset-password", "north", "anna@north.example")
    elsewhere = between("staff", "reset-password", "south", "anna@north.example")

    assert reset.code == 0
    assert reset.out != first.out
    assert elsewhere.code == 2


def test_an_unknown_clinic_is_said_in_one_line(between: Between) -> None:
    between("migrate")

    done = between("staff", "list", "nowhere")

    assert done.code == 2
    assert done.err == "between: no clinic 'nowhere'\n"


def test_an_invitation_is_a_link_and_a_lost_telephone_is_taken_away(between: Between) -> None:
    between("migrate")
    between("clinic", "add", "north", "--name", "North clinic")
    between("staff", "add", "north", "anna@north.example", "--name", "Anna")

    invited = between("staff", "invite", "north", "nina@north.example", "--name", "Nina", "--role", "reviewer")
    wrong = between("staff", "invite", "north", "anna@north.example", "--name", "Anna")
    reset = between("staff", "reset-factor", "north", "anna@north.example")

    assert "/console/welcome/" in invited.out
    assert (wrong.code, "a member already" in wrong.err) == (2, True)
    assert reset.code == 0
