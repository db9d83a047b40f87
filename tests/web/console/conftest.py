"""The ward that the console's tests are on, and its staff at their browsers."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.web.app import create_app
from bot.web.console.access import COOKIE
from tests.web.api.servers import Served
from tests.web.console.ward import EMAILS, PASSWORD, Ward, found_ward


class Staff(httpx.Client):
    """A member's browser: keeps cookies, follows no redirect by itself, and says where its requests come from."""

    def __init__(self, url: str, *, token: str = "") -> None:
        super().__init__(
            base_url=url, trust_env=False, verify=False, timeout=20, headers={"Sec-Fetch-Site": "same-origin"}
        )
        if token:
            self.cookies.set(COOKIE, token)

    def sign_in(self, who: str, *, to: str = "/console") -> httpx.Response:
        return self.post("/console/login", data={"email": EMAILS[who], "password": PASSWORD, "next": to})


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of a ward to copy, and the sessions of its staff."""
    folder = tmp_path_factory.mktemp("ward")
    return folder, found_ward(folder)


@pytest.fixture
def ward(founded: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Ward]:
    shutil.copytree(founded[0], tmp_path, dirs_exist_ok=True)
    ward = Ward(tmp_path)
    yield ward
    ward.close()


@pytest.fixture
def served(ward: Ward) -> Iterator[str]:
    """The application behind a real socket; gives its address."""
    server = Served(create_app(ward.settings, ward.db))
    yield server.url
    server.stop()


@pytest.fixture
def stranger(served: str) -> Iterator[Staff]:
    with Staff(served) as client:
        yield client


@pytest.fixture
def ada(founded: tuple[Path, dict[str, str]], served: str) -> Iterator[Staff]:
    with Staff(served, token=founded[1]["ada"]) as client:
        yield client


@pytest.fixture
def ben(founded: tuple[Path, dict[str, str]], served: str) -> Iterator[Staff]:
    with Staff(served, token=founded[1]["ben"]) as client:
        yield client


@pytest.fixture
def cleo(founded: tuple[Path, dict[str, str]], served: str) -> Iterator[Staff]:
    with Staff(served, token=founded[1]["cleo"]) as client:
        yield client
