"""Clinics and what they decide for themselves. The settings are sealed as a whole: a signing secret is among them."""

from dataclasses import asdict, fields, replace
from typing import Any

import sqlalchemy as sa

from bot.errors import Conflict, NotFound
from bot.store.database import Transaction
from bot.store.rows import Clinic, ClinicSettings
from bot.store.schema_staff import clinics

TUPLES = ("contacts", "origins")

BY_ID = sa.select(clinics).where(clinics.c.id == sa.bindparam("id"))


def create(tx: Transaction, clinic_id: str, settings: ClinicSettings) -> Clinic:
    """Add a clinic. Raises Conflict if the id is taken."""
    if tx.row(sa.select(clinics.c.id).where(clinics.c.id == clinic_id)) is not None:
        raise Conflict(f"clinic {clinic_id!r} is there already", current=clinic_id)
    tx.run(
        sa.insert(clinics),
        {"id": clinic_id, "settings": _seal(tx, clinic_id, settings), "created_at": tx.now},
    )
    return get(tx, clinic_id)


def get(tx: Transaction, clinic_id: str) -> Clinic:
    """Give the clinic. Raises NotFound."""
    found = tx.row(BY_ID, {"id": clinic_id})
    if found is None:
        raise NotFound(f"no clinic {clinic_id!r}")
    return _clinic(tx, found)


def lock(tx: Transaction, clinic_id: str) -> None:
    """Let what is decided for the whole clinic be decided by one transaction after the other."""
    tx.row(sa.select(clinics.c.id).where(clinics.c.id == clinic_id), lock=True)


def all(tx: Transaction) -> list[Clinic]:  # noqa: A001 - reads well as clinics.all(tx).
    """Every clinic, by id."""
    return [_clinic(tx, row) for row in tx.rows(sa.select(clinics).order_by(clinics.c.id))]


def change(tx: Transaction, clinic_id: str, **changes: Any) -> Clinic:
    """Change some settings and give the clinic as it is then. Raises NotFound, or TypeError for an unknown setting."""
    lock(tx, clinic_id)
    settings = _settings(asdict(replace(get(tx, clinic_id).settings, **changes)))
    tx.run(sa.update(clinics).where(clinics.c.id == clinic_id).values(settings=_seal(tx, clinic_id, settings)))
    return get(tx, clinic_id)


def _seal(tx: Transaction, clinic_id: str, settings: ClinicSettings) -> str:
    return tx.seal_json(asdict(settings), table="clinics", row=clinic_id, column="settings", clinic=clinic_id)


def _clinic(tx: Transaction, row: sa.Row[Any]) -> Clinic:
    values = tx.open_json(row.settings, table="clinics", row=row.id, column="settings", clinic=row.id)
    return Clinic(id=row.id, settings=_settings(values), created_at=row.created_at)


def _settings(values: dict[str, Any]) -> ClinicSettings:
    known = {field.name for field in fields(ClinicSettings)}
    kept: dict[str, Any] = {
        name: tuple(value) if name in TUPLES else value for name, value in values.items() if name in known
    }
    return ClinicSettings(**kept)
