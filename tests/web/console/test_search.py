"""Search finds exact words, categories and days of the member's own clinic, and leaves no word anywhere else."""

from datetime import timedelta

import pytest

from bot.store import records
from tests.web.console.conftest import Staff
from tests.web.console.ward import Ward


def test_all_words_must_be_in_the_message(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("no sleep again <i>tonight</i>")
    case.say("sleep was fine")

    page = ada.post("/console/search", data={"words": "SLEEP again"}).text

    assert "Messages: 1" in page
    assert "no sleep again &lt;i&gt;tonight" in page
    assert "sleep was fine" not in page


@pytest.mark.parametrize("few", [0, 500])
def test_records_are_found_by_category_and_day(
    ward: Ward, ada: Staff, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(records, "FEW", few)
    ward.clock.at(days=5)
    old = ward.emergency()
    ward.clock.at()
    new = ward.emergency()
    day = (ward.clock() - timedelta(days=2)).date().isoformat()

    both = ada.post("/console/search", data={"category": "suicidal_ideation"}).text
    later = ada.post("/console/search", data={"category": "suicidal_ideation", "since": day}).text
    earlier = ada.post("/console/search", data={"until": day}).text
    none = ada.post("/console/search", data={"category": "pregnancy"}).text

    assert "Records: 2" in both
    assert (new.path in later, old.path in later) == (True, False)
    assert (new.path in earlier, old.path in earlier) == (False, True)
    assert "Nothing was found." in none


def test_another_clinic_finds_nothing(ward: Ward, cleo: Staff) -> None:
    ward.emergency()

    page = cleo.post("/console/search", data={"words": "kill", "category": "suicidal_ideation"}).text

    assert "Nothing was found." in page
    assert "tonight" not in page


def test_a_search_is_in_the_trail_without_its_words(ward: Ward, ada: Staff) -> None:
    ada.post("/console/search", data={"words": "canary"})

    row = ward.rows(ward.ada)[-1]
    assert (row.act, row.kind, row.subject) == ("search", "search", "demo")
    assert "canary" not in str(ward.rows(ward.ada))


@pytest.mark.parametrize("asked", [{}, {"words": "  "}, {"since": "yesterday"}, {"category": "nothing"}])
def test_asking_for_nothing_is_told(ada: Staff, asked: dict[str, str]) -> None:
    assert "Enter words, or choose a category or a day." in ada.post("/console/search", data=asked).text
