"""The house that the tests of the chat API live in."""

from collections.abc import Iterator

import pytest

from tests.web.api.houses import House, Patient, Web


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the tests of a file; use `house`."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        yield house
    finally:
        house.stop()


@pytest.fixture
def house(shared_house: House) -> House:
    """A house whose Rasa is up, quick and sound again. What breaks the database asks for `lone_house`."""
    shared_house.rasa.heal()
    return shared_house


@pytest.fixture
def lone_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of this test's own, that it may break."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        yield house
    finally:
        house.stop()


@pytest.fixture
def web(house: House) -> Web:
    """The first web process of the house."""
    return house.first_web()


@pytest.fixture
def patient(web: Web) -> Patient:
    """A patient who has been greeted and has agreed that the chat is kept."""
    patient = web.patient()
    web.house.consent(patient.conversation, "given")
    web.house.rasa.asked.clear()
    return patient
