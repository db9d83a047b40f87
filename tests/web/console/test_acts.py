"""What staff do with a record: one winner, nothing lost, and every refusal says why and what now."""

import html
import re
import threading

import pytest

from bot.store import escalations
from bot.store.rows import EscalationRecord
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward


def record_of(ward: Ward, case: Case) -> EscalationRecord:
    with ward.db.read() as tx:
        return escalations.load(tx, ward.ada, case.escalation.id)


def closing(case: Case, **changed: str) -> dict[str, str]:
    seen = str(case.escalation.last_signal_seq)
    return {"outcome": "C1", "note": "spoke to her, sister is there", "last_signal_seq": seen, **changed}


def test_claiming_leads_back_to_the_record_and_says_so(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()

    answer = ada.post(f"{case.path}/claim")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{case.path}?done=claimed")
    page = ada.get(answer.headers["location"]).text
    assert "You have claimed this record. It is yours now." in page
    assert case.escalation.claimed_by == ward.ada.id


def test_who_comes_second_is_told_who_was_first(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ben.post(f"{case.path}/claim")

    assert answer.status_code == 409
    assert "Ada Nowak was faster and has claimed this record." in answer.text
    assert case.escalation.claimed_by == ward.ada.id


def test_of_many_claims_at_once_one_wins_and_the_others_are_told_who(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    answers = []

    def claim(staff: Staff) -> None:
        answers.append(staff.post(f"{case.path}/claim"))

    threads = [threading.Thread(target=claim, args=(staff,)) for staff in (ada, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = case.escalation.claimer_name
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert f"{winner} was faster" in lost.text


def test_a_claim_is_given_back(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ada.post(f"{case.path}/release")

    assert answer.headers["location"] == f"{case.path}?done=released"
    assert case.escalation.claimed_by is None


def test_giving_back_what_another_has_claimed_is_refused(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ben.post(f"{case.path}/release")

    assert answer.status_code == 409
    assert "That was not done: Ada Nowak has claimed this record." in answer.text


def test_acknowledging_starts_the_clock_to_the_contact(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()

    ada.post(f"{case.path}/acknowledge")

    page = ada.get(case.path).text
    assert "Reach the person within 14" in page
    assert f'action="{case.path}/acknowledge"' not in page


@pytest.mark.parametrize("result", ["contact_tried", "contacted"])
def test_a_try_to_reach_the_person_is_kept(ward: Ward, ada: Staff, result: str) -> None:
    case = ward.emergency()

    answer = ada.post(f"{case.path}/contact", data={"result": result, "said": "rang <once>"})

    assert answer.headers["location"] == f"{case.path}?done={result}"
    assert case.escalation.state == result
    assert "rang &lt;once&gt;" in ada.get(case.path).text


def test_a_note_is_kept_as_it_was_written(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()

    ada.post(f"{case.path}/notes", data={"text": "rang twice\r\n½ < 1 & 😀", "shared": "yes"})
    ada.post(f"{case.path}/notes", data={"text": "for us"})

    notes = record_of(ward, case).notes
    assert [(note.text, note.shared) for note in notes] == [("rang twice\n½ < 1 & 😀", True), ("for us", False)]
    assert "rang twice\n½ &lt; 1 &amp; 😀" in ada.get(case.path).text


@pytest.mark.parametrize(("path", "form", "words"), [
    ("notes", {"text": "  "}, "Write a note first."),
    ("contact", {"result": "flew"}, "Choose whether the person was reached."),
    ("close", {"outcome": "C99", "note": "a", "last_signal_seq": "9"}, "Choose what happened."),
    ("close", {"note": "a", "last_signal_seq": "9"}, "Choose what happened."),
    ("close", {"outcome": "C1", "note": " ", "last_signal_seq": "9"}, "Write the note that the outcome needs."),
])  # fmt: skip
def test_a_form_that_lacks_something_says_what(
    ward: Ward, ada: Staff, path: str, form: dict[str, str], words: str
) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ada.post(f"{case.path}/{path}", data=form)

    assert answer.status_code == 422
    assert words in answer.text
    assert record_of(ward, case).notes == ()
    assert case.escalation.closed_at is None


def test_closing_takes_an_outcome_a_note_and_the_last_signal(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")
    page = ada.get(case.path).text

    answer = ada.post(f"{case.path}/close", data=closing(case))

    assert f'name="last_signal_seq" value="{case.escalation.last_signal_seq}"' in page
    for code in range(1, 11):
        assert f'value="C{code}"' in page
    assert answer.headers["location"] == f"{case.path}?done=closed"
    assert (case.escalation.outcome, case.escalation.state) == ("C1", "closed")
    closed = ada.get(case.path).text
    assert "Spoken to the person, safe for now, plan agreed" in closed
    assert f'action="{case.path}/close"' not in closed
    assert f'action="{case.path}/notes"' in closed


def test_what_was_said_meanwhile_refuses_to_be_closed_and_keeps_the_note(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")
    form = closing(case)
    case.say("i have taken them", "emergency", "overdose_poisoning", phrase="taken them")

    answer = ada.post(f"{case.path}/close", data=form)

    assert answer.status_code == 409
    assert "Something new was said after you opened this form" in answer.text
    assert 'href="#said">Read what is new' in answer.text
    assert "<mark>taken them</mark>" in answer.text
    assert "spoke to her, sister is there</textarea>" in answer.text
    assert re.search(r'value="C1" required checked', answer.text)
    assert case.escalation.closed_at is None
    again = ada.post(f"{case.path}/close", data={**form, "last_signal_seq": seen_in(answer.text)})
    assert again.status_code == 303


def seen_in(page: str) -> str:
    found = re.search(r'name="last_signal_seq" value="(\d+)"', page)
    assert found is not None
    return found.group(1)


def test_closing_what_another_has_claimed_is_refused(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ben.post(f"{case.path}/close", data=closing(case))

    assert answer.status_code == 409
    assert "Ada Nowak has claimed this record." in answer.text
    assert case.escalation.closed_at is None


def test_a_closed_record_takes_no_more_claims_and_says_so(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    path = case.path
    ada.post(f"{path}/claim")
    ada.post(f"{path}/close", data=closing(case))

    answer = ben.post(f"{path}/claim")

    assert answer.status_code == 409
    assert "That was not done: the record is closed." in html.unescape(answer.text)


def test_while_the_database_is_locked_page_and_log_say_that_nothing_was_saved(
    ward: Ward, ada: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    case = ward.emergency()
    with ward.db.write():
        answer = ada.post(f"{case.path}/notes", data={"text": "rang twice"})

    assert answer.status_code == 503
    assert "Nothing that you just did was saved." in answer.text
    assert "rang twice</textarea>" in answer.text
    assert f'href="{case.path}"' in answer.text
    assert f"POST {case.path}/notes failed: StoreUnavailable at " in caplog.text
    assert "rang twice" not in caplog.text


def test_a_record_is_handed_over_with_its_reason_and_is_never_unclaimed_in_between(
    ward: Ward, ada: Staff, ben: Staff
) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ada.post(f"{case.path}/handover", data={"colleague": ward.ben.id, "reason": "my shift ends; call at six"})

    assert answer.headers["location"] == f"{case.path}?done=handed_over"
    assert (case.escalation.claimed_by, case.escalation.state) == (ward.ben.id, "claimed")
    page = ben.get(case.path).text
    assert "my shift ends; call at six" in page
    assert "You have claimed this." in page


@pytest.mark.parametrize("form", [{"reason": " "}, {"reason": "a", "colleague": "cleo"}, {"reason": "a"}])
def test_handing_over_needs_a_colleague_of_the_clinic_and_a_reason(
    ward: Ward, ada: Staff, form: dict[str, str]
) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")
    sent = {**form, "colleague": ward.cleo.id} if "colleague" in form else {"colleague": ward.ada.id, **form}

    answer = ada.post(f"{case.path}/handover", data=sent)

    assert answer.status_code == 422
    assert case.escalation.claimed_by == ward.ada.id


def test_what_another_has_claimed_cannot_be_handed_over(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    answer = ben.post(f"{case.path}/handover", data={"colleague": ward.ben.id, "reason": "mine now"})

    assert answer.status_code == 409
    assert case.escalation.claimed_by == ward.ada.id
