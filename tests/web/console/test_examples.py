"""The clinic's own examples in the console: proposed on a closed record, judged by a second person, all without
JavaScript."""

import html

import pytest

from bot.store import audit, closing, escalations, examples, members
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward

SAID = "If they call me a walking time bomb once more I am leaving the choir"
OWN = "I will quit my club when they make that joke again"
FORM = {"text": OWN, "category": "suicidal_ideation", "level": "urgent"}


def closed(ward: Ward, outcome: str = "C7") -> Case:
    case = ward.emergency()
    case.say(SAID, "urgent", "suicidal_ideation", phrase="time bomb")
    now = case.escalation
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ada, now.id)
        closing.close(tx, ward.ada, now.id, outcome, "an idiom", now.last_signal_seq)
    return case


def accepted(ward: Ward) -> list[tuple[str, str]]:
    with ward.db.read() as tx:
        return [(one.text, one.level) for one in examples.accepted(tx)]


def waiting(ward: Ward) -> str:
    with ward.db.read() as tx:
        return f"/console/examples/{examples.of_clinic(tx, ward.ada.clinic_id, limit=1)[0].id}"


def test_a_false_alarm_leads_to_the_form_and_a_second_person_accepts(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = closed(ward)
    form = f"{case.path}/example"
    assert f'href="{form}"' in ada.get(case.path).text

    proposed = ada.post(form, data=FORM)
    assert (proposed.status_code, proposed.headers["location"]) == (303, f"{form}?done=proposed")
    assert OWN in ada.get(proposed.headers["location"]).text
    assert "/accept" not in ada.get("/console/examples").text  # Not her own.
    assert f'action="{waiting(ward)}/accept"' in ben.get("/console/examples").text

    answer = ben.post(f"{waiting(ward)}/accept")
    assert answer.status_code == 303
    assert accepted(ward) == [(OWN, "none")]
    assert "Accepted by Ben Osei" in ben.get(answer.headers["location"]).text


def test_a_refused_one_is_not_learnt_from(ward: Ward, ada: Staff, ben: Staff) -> None:
    ada.post(f"{closed(ward).path}/example", data=FORM)

    ben.post(f"{waiting(ward)}/refuse")

    assert accepted(ward) == []
    assert "Refused by Ben Osei" in ben.get("/console/examples").text


def test_the_patients_sentence_is_refused_and_what_was_typed_is_kept(ward: Ward, ada: Staff) -> None:
    answer = ada.post(f"{closed(ward).path}/example", data={**FORM, "text": f"{SAID}."})

    assert answer.status_code == 422
    assert "too much like what the patient wrote" in answer.text
    assert f"{SAID}." in html.unescape(answer.text)
    assert accepted(ward) == []


def test_a_miss_asks_how_urgent_it_is(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = closed(ward, "C8")

    assert 'name="level"' in ada.get(f"{case.path}/example").text
    assert ada.post(f"{case.path}/example", data={**FORM, "level": ""}).status_code == 422
    ada.post(f"{case.path}/example", data=FORM)
    ben.post(f"{waiting(ward)}/accept")

    assert accepted(ward) == [(OWN, "urgent")]


def test_nobody_accepts_an_example_of_their_own_or_twice(ward: Ward, ada: Staff, ben: Staff) -> None:
    ada.post(f"{closed(ward).path}/example", data=FORM)
    example = waiting(ward)

    assert ada.post(f"{example}/accept").status_code == 422
    assert accepted(ward) == []
    ben.post(f"{example}/refuse")
    assert ben.post(f"{example}/accept").status_code == 409
    assert accepted(ward) == []


@pytest.mark.parametrize("outcome", ["C1", "C10"])
def test_another_outcome_takes_none(ward: Ward, ada: Staff, outcome: str) -> None:
    case = closed(ward, outcome)

    assert f"{case.path}/example" not in ada.get(case.path).text
    assert ada.post(f"{case.path}/example", data=FORM).status_code == 409


def test_another_clinic_sees_nothing_of_it(ward: Ward, ada: Staff, cleo: Staff) -> None:
    case = closed(ward)
    ada.post(f"{case.path}/example", data=FORM)

    assert OWN not in cleo.get("/console/examples").text
    assert cleo.get(f"{case.path}/example").status_code == 404
    assert cleo.post(f"{waiting(ward)}/accept").status_code == 404
    assert accepted(ward) == []


def test_looking_and_judging_is_in_the_audit_trail(ward: Ward, ada: Staff, ben: Staff) -> None:
    ada.post(f"{closed(ward).path}/example", data=FORM)
    ben.get("/console/examples")
    ben.post(f"{waiting(ward)}/accept")

    with ward.db.read() as tx:
        rows = audit.of(tx, ward.ada.clinic_id)
        done = [(members.name(tx, row.actor), row.act, row.kind) for row in rows if row.kind.startswith("example")]
    assert done == [
        ("Ada Nowak", "propose_example", "example"),
        ("Ben Osei", "view", "examples"),
        ("Ben Osei", "accept_example", "example"),
    ]
