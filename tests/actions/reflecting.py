"""Patients on their way through the reflective session, and what is stored of it."""

from typing import Any

import sqlalchemy as sa

from bot.store import escalations, formulations, schema
from tests.actions.patient import Patient, finding


def begin(patient: Patient) -> Patient:
    """Up to D11."""
    return patient.picks("reflection").picks("yes").gives(4).gives(5).gives(6)


def at_focus(patient: Patient) -> Patient:
    """Up to D01."""
    return begin(patient).picks("no_change").picks("none_of_these")


def at_words(patient: Patient) -> Patient:
    """Up to D10, after a first picture of the pull."""
    at_focus(patient).picks("tablet").picks("thought_first").picks("instant").picks("very_like").picks("linked")
    return patient.picks("night").picks("go_on")


def at_fit(patient: Patient) -> Patient:
    """Up to "does that fit?", the short way."""
    at_focus(patient).picks("tablet").picks("thought_first").picks("instant").picks("not_sure").picks("linked")
    return patient.picks("night").picks("stop").picks("no_idea")


def stored(patient: Patient) -> Any:
    with patient.database.read() as tx:
        return formulations.of(tx, patient.conversation)


def page(patient: Patient, level: str = "same_day") -> None:
    patient.says("i took them all together", risk=finding(level, "page", "dangerous_combination"))


def close(patient: Patient, outcome: str = "C1") -> None:
    """Staff close the open record."""
    with patient.database.write() as tx:
        record = escalations.open_of(tx, patient.conversation)
        assert record is not None
        tx.run(sa.update(schema.escalations).values(closed_at=tx.now, outcome=outcome))
