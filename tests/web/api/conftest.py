"""The house that the tests of the chat API live in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.api.houses import House, Patient, Web


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    try:
        yield house
    finally:
        house.stop()


@pytest.fixture
def web(house: House) -> Web:
    return house.web()


@pytest.fixture
def patient(web: Web) -> Patient:
    """A patient who has been greeted and has agreed that the chat is kept."""
    patient = web.patient()
    web.house.consent(patient.conversation, "given")
    return patient
