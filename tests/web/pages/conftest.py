"""The house that the tests of the patients' pages live in: one for each file."""

from collections.abc import Iterator

import httpx
import pytest

from tests.web.api.houses import House


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.stop()


@pytest.fixture
def house(shared_house: House) -> House:
    """A house as new."""
    shared_house.tidy()
    return shared_house


@pytest.fixture
def client(house: House) -> httpx.Client:
    return house.first_web().client
