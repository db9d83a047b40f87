"""The pages of the monthly sample: what a reader sees and does not see, and where a miss leads."""

import pytest

from bot.store import samples
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward


@pytest.fixture
def quiet(ward: Ward) -> Case:
    """Somebody who wrote last month, and in whose words nothing was flagged."""
    now = ward.clock()
    ward.clock.at(days=now.day + 5)
    case = ward.case()
    case.know(name="Mara", town="Leith", contact="07700 900123")
    case.say("i gave my tablets away, i will not need them")
    ward.clock.at()
    return case


def drawn(ward: Ward, ada: Staff) -> str:
    """Draw, and give the path of the one conversation."""
    assert ada.post("/console/sample").headers["location"] == "/console/sample?done=drawn"
    with ward.db.read() as tx:
        [one] = samples.of_month(tx, "demo", samples.months(tx, "demo")[0])
    return f"/console/sample/{one.id}"


def test_a_reader_sees_what_was_said_and_not_who_it_is(ward: Ward, ada: Staff, quiet: Case) -> None:
    quiet.say("this month i am well")

    page = ada.get(drawn(ward, ada)).text

    assert "i gave my tablets away" in page
    for hidden in ("Mara", "Leith", "07700 900123", quiet.conversation.id, "this month i am well"):
        assert hidden not in page
    assert [(row.act, row.kind) for row in ward.rows(ward.ada)][-1] == ("view", "sample")


def test_a_month_is_drawn_once(ward: Ward, ada: Staff, ben: Staff, quiet: Case) -> None:
    drawn(ward, ada)

    again = ben.post("/console/sample")

    assert again.status_code == 409
    assert "has been drawn before" in again.text


def test_a_miss_becomes_a_record_and_says_who_found_it(ward: Ward, ada: Staff, quiet: Case) -> None:
    path = drawn(ward, ada)
    message = ada.get(path).text.split('<option value="')[2].split('"')[0]
    empty = ada.post(f"{path}/missed", data={"message": message})
    answer = ada.post(
        f"{path}/missed", data={"message": message, "category": "suicidal_ideation", "level": "urgent"}
    )  # fmt: skip

    assert empty.status_code == 422
    assert answer.headers["location"] == quiet.path
    record = ada.get(quiet.path).text
    assert "A member of staff found it, reading the monthly sample." in record
    assert "i gave my tablets away" in record
    assert "The bot stopped what it was doing" not in record
    assert "Something was missed" in ada.get("/console/sample").text


def test_nothing_missed_is_noted_with_who_read_it(ward: Ward, ada: Staff, ben: Staff, quiet: Case) -> None:
    path = drawn(ward, ada)

    assert ada.post(f"{path}/nothing").status_code == 303

    assert "read by Ada Nowak" in ada.get("/console/sample").text
    assert ben.post(f"{path}/nothing").status_code == 409


def test_nobody_wrote_is_said(ward: Ward, ada: Staff) -> None:
    answer = ada.post("/console/sample")

    assert answer.headers["location"] == "/console/sample?done=none"
    assert "Nothing could be drawn" in ada.get("/console/sample?done=none").text
