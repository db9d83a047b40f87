"""Whatever is taken away as a file: with the password once more, audited, and only what the page shows."""

import pytest
import sqlalchemy as sa

from bot.store import conversations, erasure, members
from bot.store.schema_staff import sessions
from tests.web.console.conftest import Staff
from tests.web.console.test_summary import FOOTER, week
from tests.web.console.ward import PASSWORD, Case, Ward


@pytest.fixture
def case(ward: Ward) -> Case:
    case = week(ward)
    case.say("i want to kill myself tonight", "emergency", "suicidal_ideation", phrase="kill myself")
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "manager")
    return case


def paths(case: Case) -> dict[str, str]:
    conversation = f"/console/conversations/{case.conversation.id}"
    return {
        "figures": "/console/statistics/export",
        "summary": f"{conversation}/summary/export",
        "conversation": f"{conversation}/export",
    }


@pytest.mark.parametrize("kind", ["figures", "summary", "conversation"])
def test_an_export_asks_for_the_password_once_more(ward: Ward, ada: Staff, case: Case, kind: str) -> None:
    path = paths(case)[kind]
    with ward.db.write() as tx:
        tx.run(sa.update(sessions).values(proved_at=None))

    refused = ada.post(path)
    wrong = ada.post(path, data={"password": "not this one"})
    given = ada.post(path, data={"password": PASSWORD})

    assert [one.status_code for one in (refused, wrong, given)] == [422, 422, 200]
    assert "Enter your password once more" in refused.text
    assert 'id="password"' in refused.text
    assert "attachment" in given.headers["content-disposition"]
    assert given.headers["cache-control"] == "no-store"
    exported = [(row.kind, row.subject) for row in ward.rows(ward.ada) if row.act == "export"]
    assert exported == [(kind, "demo" if kind == "figures" else case.conversation.id)]


def test_the_summary_as_a_file_says_what_the_page_says_and_nothing_private(ada: Staff, case: Case) -> None:
    answer = ada.post(paths(case)["summary"])

    told = answer.json()
    assert told["in_their_words"] == ["i am scared of the next step down"]
    assert [one["pull"] for one in told["ratings"]] == [7, 8, 6, 3]
    assert told["urges"] == [{"before": 8, "after": 3}]
    assert told["sessions"][0]["headline"] == "mostly_craving"
    assert told["notes_kept_private"] == 1
    assert told["footer"] == FOOTER.replace("&#39;", "'")
    assert "this one is mine" not in answer.text


def test_a_conversation_as_a_file_has_every_message_and_its_records(ward: Ward, ada: Staff, case: Case) -> None:
    told = ada.post(paths(case)["conversation"]).json()

    assert told["said"][-1]["text"] == "i want to kill myself tonight"
    [record] = told["records"]
    assert (record["level"], record["flagged"][0]["words"]) == ("emergency", "kill myself")


def test_a_patient_can_see_who_took_it_away(ward: Ward, ada: Staff, case: Case) -> None:
    ada.post(paths(case)["summary"])

    with ward.db.read() as tx:
        seen = erasure.readings(tx, conversations.load(tx, "demo", case.conversation.id))
    assert [(one.by, one.act) for one in seen][-1] == ("Ada Nowak", "export")
