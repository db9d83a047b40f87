"""The patients' pages as a server gives them: contacts whatever is broken, headers, files that browsers may keep."""

import gzip
import json
import re
import time

import httpx
import pytest

from bot.errors import StoreUnavailable
from bot.store import clinics
from bot.store.database import Database
from bot.web.pages import views
from bot.web.pages.assets import FOLDER, version
from tests.web.api.houses import House

PAGES = ("/", "/chat?clinic=demo", "/help-now?clinic=demo", "/chat?clinic=nobody", "/me?clinic=demo")
PATIENT_FILES = (
    *(FOLDER / "js/chat").glob("*.js"),
    *(FOLDER / "js/me").glob("*.js"),
    FOLDER / "js/first.js",
    FOLDER / "css/tokens.css",
    FOLDER / "css/chat.css",
    FOLDER / "css/dim.css",
    FOLDER / "css/me.css",
)
MOST_BYTES = 50_000


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_contacts_in_its_html(client: httpx.Client, path: str) -> None:
    page = client.get(path).text

    assert "tel:116123" in page
    assert "tel:999" in page or "tel:112" in page


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_inline_script_or_style_or_another_site(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    inline = [
        tag for tag in re.findall(r"<script[^>]*>", answer.text) if "src=" not in tag and "application/json" not in tag
    ]
    assert inline == []
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
    assert not re.search(r"""<(?:script|link|img|iframe|form)[^>]*(?:src|href|action)="(?!/)""", answer.text)
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_a_polish_clinics_help_is_in_polish(client: httpx.Client, house: House) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", language="pl")

    page = client.get("/help-now?clinic=demo").text

    assert '<html lang="pl"' in page
    assert "Jeśli grozi Ci śmierć, zadzwoń teraz pod pierwszy numer." in page
    assert "Get help now" not in page


def test_the_clinics_own_contacts_are_shown(client: httpx.Client, house: House) -> None:
    own = {"role": "crisis", "name": "Our night line", "number": "01632 960 999", "tel": "01632960999", "hours": "24/7"}
    with house.db.write() as tx:
        clinics.change(tx, "demo", contacts=(own,))

    page = client.get("/chat?clinic=demo").text

    assert "Our night line" in page
    assert "tel:116123" not in page


@pytest.mark.parametrize("kind", ["away", "slow"])
def test_the_contacts_stay_when_the_database_is_away(
    client: httpx.Client, house: House, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(database: Database) -> None:
        if kind == "slow":
            time.sleep(1)
        raise StoreUnavailable("away")

    monkeypatch.setattr(views, "LOOK_UP_SECONDS", 0.2)
    monkeypatch.setattr(Database, "read", broken)
    for path in PAGES[:3]:
        answer = client.get(path)

        assert answer.status_code == 200
        assert "tel:999" in answer.text


def test_a_clinic_never_seen_gets_the_fallback_contacts_when_the_database_is_away(
    client: httpx.Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(database: Database) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(Database, "read", broken)

    answer = client.get("/chat?clinic=new")

    assert answer.status_code == 503
    assert "tel:112" in answer.text


@pytest.mark.parametrize("origins", [(), ("https://clinic.example", "https://portal.example")])
def test_only_the_clinics_sites_may_frame_the_chat(
    client: httpx.Client, house: House, origins: tuple[str, ...]
) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", origins=origins)

    for path in ("/chat?clinic=demo", "/help-now?clinic=demo"):
        policy = client.get(path).headers["content-security-policy"]

        assert policy.endswith(" ".join(("frame-ancestors 'self'", *origins)))


@pytest.mark.parametrize("path", ["/", "/console/login"])
def test_no_other_page_may_be_framed(client: httpx.Client, path: str) -> None:
    assert client.get(path).headers["content-security-policy"].endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"])
def test_a_name_in_the_address_is_not_repeated(client: httpx.Client, name: str) -> None:
    for path in ("/chat", "/help-now"):
        answer = client.get(path, params={"clinic": name})

        assert name not in answer.text
        assert "alert(1)" not in answer.text


def test_a_clinic_name_with_markup_stays_text(client: httpx.Client, house: House) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", name="</script><b>Clinic & Co</b>")

    for path in ("/", "/chat", "/help-now"):
        assert "<b>Clinic" not in client.get(path).text


def test_pages_are_not_kept_by_the_browser(client: httpx.Client) -> None:
    assert client.get("/chat?clinic=demo").headers["cache-control"] == "no-store"


def test_files_may_be_kept_under_todays_version_only(client: httpx.Client) -> None:
    kept = client.get(f"/static/v-{version()}/css/chat.css")
    stale = client.get("/static/v-000000000000/css/chat.css")
    plain = client.get("/static/css/chat.css")

    assert "immutable" in kept.headers["cache-control"]
    assert stale.headers["cache-control"] == plain.headers["cache-control"] == "no-cache"
    assert kept.text == stale.text == plain.text


@pytest.mark.parametrize("path", ["/static/v-1/../../app.py", "/static/..%2fapp.py", "/static/css/nothing.css"])
def test_only_static_files_are_given_out(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_asks_for_every_module_at_once(client: httpx.Client) -> None:
    page = client.get("/chat?clinic=demo").text

    preloaded = re.findall(r'modulepreload" href="/static/v-\w+/js/chat/(\w+\.js)"', page)

    assert sorted(preloaded) == sorted(path.name for path in (FOLDER / "js/chat").glob("*.js"))


def test_the_data_in_the_page_is_wording_and_the_clinics_name_for_the_api(client: httpx.Client) -> None:
    page = client.get("/chat?clinic=demo").text

    found = re.search(r'<script type="application/json" id="page">(.*?)</script>', page, re.S)

    assert found is not None
    data = json.loads(found[1])
    assert set(data) == {"clinic", "language", "words", "help", "fixed", "origins"}
    assert data["clinic"] == "demo"


def test_the_chat_is_small_enough_for_a_bad_network() -> None:
    size = sum(len(gzip.compress(path.read_bytes(), 6)) for path in PATIENT_FILES)

    assert size < MOST_BYTES


def test_the_scripts_never_make_markup_out_of_text() -> None:
    risky = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc")

    assert [path.name for path in PATIENT_FILES if risky.search(path.read_text(encoding="utf-8"))] == []


def test_the_scripts_keep_to_what_older_phones_can_read() -> None:
    """Optional chaining and ?? (2020), class fields, replaceAll, at() and structuredClone came after ES modules."""
    newer = re.compile(r"\?\.[a-zA-Z(\[]|\?\?|\.replaceAll\(|\.at\(|structuredClone|^\s+#\w+", re.M)

    assert [path.name for path in PATIENT_FILES if path.suffix == ".js" and newer.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", ["chat", "me"])
def test_every_word_that_the_scripts_ask_for_is_there(client: httpx.Client, name: str) -> None:
    page = client.get(f"/{name}?clinic=demo").text
    found = re.search(r'<script type="application/json" id="page">(.*?)</script>', page, re.S)
    assert found is not None
    data = json.loads(found[1])
    scripts = {path.name: path.read_text("utf-8") for path in (FOLDER / "js" / name).glob("*.js")}

    asked = set()
    for file, script in scripts.items():
        table = re.search(r"const words = page\.(\w+)", script)
        if table:
            asked |= {(file, table[1], word) for word in re.findall(r"(?<!page\.)\bwords\.(\w+)", script)}
        asked |= {(file, table, word) for table, word in re.findall(r"page\.(words|help|fixed)\.(\w+)", script)}

    assert len(asked) > 30
    assert [one for one in asked if one[2] not in data[one[1]]] == []


def test_help_now_says_when_the_team_reads(client: httpx.Client, house: House) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", staff_hours="Monday to Friday, 9 to 17")

    assert "Monday to Friday, 9 to 17" in client.get("/help-now?clinic=demo").text
