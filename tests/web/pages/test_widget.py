"""The loader as a server gives it: small, whole, kept by browsers, and with nothing in it that is not for everybody."""

import gzip
import json
import re

import httpx
import pytest

from bot.store import clinics
from bot.web.pages.assets import FOLDER
from tests.web.api.houses import IDENTITY_SECRET, House
from tests.web.pages.test_pages import PATIENT_FILES

LOADER_BYTES = 10_000
ALL_BYTES = 50_000


def data_of(script: str) -> dict[str, object]:
    found = re.search(r"^const given = (.*);$", script, re.M)
    assert found is not None
    return dict(json.loads(found[1]))


def test_loader_and_chat_are_small(client: httpx.Client) -> None:
    loader = len(gzip.compress(client.get("/widget.js?clinic=demo").content, 6))
    chat = sum(len(gzip.compress(path.read_bytes(), 6)) for path in PATIENT_FILES)
    page = len(gzip.compress(client.get("/chat?clinic=demo").content, 6))

    assert loader < LOADER_BYTES
    assert loader + chat + page < ALL_BYTES


def test_other_sites_may_load_it_and_browsers_keep_it(client: httpx.Client) -> None:
    answer = client.get("/widget.js?clinic=demo")

    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "stale-if-error" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


def test_it_has_the_clinics_contacts_and_no_secret(client: httpx.Client, house: House) -> None:
    own = {"role": "crisis", "name": "Our night line", "number": "01632 960 999", "hours": "24/7"}
    with house.db.write() as tx:
        clinics.change(tx, "demo", contacts=(own,))

    script = client.get("/widget.js?clinic=demo").text

    assert {"name": "Our night line", "number": "01632 960 999", "tel": "01632960999", "hours": "24/7"} in data_of(
        script
    )["contacts"]  # type: ignore[operator]
    assert IDENTITY_SECRET not in script
    assert "a@x.example" not in script


@pytest.mark.parametrize("name", ['</script><script>alert(1)</script>"', "\u2028alert(1)//", "'); alert(1); ('"])
def test_a_clinics_words_stay_words(client: httpx.Client, house: House, name: str) -> None:
    own = {"role": "crisis", "name": name, "number": "116 123"}
    with house.db.write() as tx:
        clinics.change(tx, "demo", contacts=(own,))

    script = client.get("/widget.js?clinic=demo").text

    contacts = data_of(script)["contacts"]
    assert isinstance(contacts, list)
    assert name in [one["name"] for one in contacts]
    assert "\u2028" not in script


def test_a_clinic_that_is_not_there_gets_an_empty_script_that_is_not_kept(client: httpx.Client) -> None:
    answer = client.get("/widget.js", params={"clinic": '"+alert(1)+"'})

    assert (answer.status_code, answer.text) == (404, "")
    assert answer.headers["cache-control"] == "no-store"


def test_every_word_and_part_that_the_loader_asks_for_is_there(client: httpx.Client) -> None:
    source = (FOLDER / "js/widget/loader.js").read_text(encoding="utf-8")
    data = data_of(client.get("/widget.js?clinic=demo").text)
    words = data["words"]
    assert isinstance(words, dict)

    assert set(re.findall(r"\bwords\.(\w+)", source)) == set(words)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", source)
    assert not re.search(r"""postMessage\([^)]*["']\*["']""", source)
