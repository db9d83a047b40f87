"""Reflective sessions on the page of a conversation (clinical content 2.6): why it says what it says, at a glance."""

from typing import Any

import yaml

from bot.content.reading import CONTENT
from bot.reflection import formulate
from bot.store import answers, formulations
from bot.web.console.sessions import changes_of_dose, sessions
from bot.web.console.trend import trend
from tests.actions.sessions import VIGNETTES
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward

CASES = {case["id"]: case for case in VIGNETTES}


def reflect(case: Case, vignette: str, *, session: str = "s1", shown: bool = True, **more: Any) -> None:
    """Store a worked case as the dialogue does; ``more`` are answers beside the model's, as (value, text)."""
    worked = CASES[vignette]
    result = formulate(worked["answers"], louder=worked["tie_answer"], open_safety_step=worked["open_safety_step"])
    for step, (value, text) in {**{name: (value, None) for name, value in worked["answers"].items()}, **more}.items():
        message = case.say(text or "x")
        with case.ward.db.write() as tx:
            answers.save(
                tx, conversation_id=case.conversation.id, message_id=message.id, dialogue="reflection", session=session,
                step=step, wording="", value=None if value == "skip" else value, text=text,
            )  # fmt: skip
    with case.ward.db.write() as tx:
        formulations.save(
            tx, conversation_id=case.conversation.id, session=session, model_version=result.model_version,
            detail={"formulation": result.to_json(), "answers": worked["answers"]}, shown=shown,
        )  # fmt: skip


def page(ada: Staff, case: Case) -> str:
    answer = ada.get(f"/console/conversations/{case.conversation.id}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_persons_own_words_stand_before_headline_and_points(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    reflect(
        case,
        "V01",
        inner_text=("one would do it", "one would do it"),
        own_words=("it is the payday", "it is the payday"),
    )

    text = page(ada, case)
    text = text[text.index('id="sessions"') :]

    order = ["it is the payday", "one would do it", "The pull is the loudest part", "Points behind every answer"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "Sum of the patient&#39;s own answers. Not a diagnosis." in text
    assert "Model version 1.0" in text


def test_every_answer_stands_with_its_points_and_the_cap_is_named(ward: Ward) -> None:
    case = ward.case()
    reflect(case, "V01")

    with ward.db.read() as tx:
        (found,) = sessions(tx, case.conversation.id, "en")

    rows = {row.number: row for row in found.rows}
    assert (rows["D01"].answer, rows["D01"].points["C"]) == ("The tablet and what it would do", 3)
    assert rows["D04"].state == "skipped"
    assert rows["D15"].state == "missing"
    assert len(rows) == 17


def test_a_contradiction_is_marked_in_words(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    reflect(case, "V14")

    assert page(ada, case).count("Contradicts another answer, not counted:") == 2


def test_a_session_that_was_stopped_says_that_nothing_was_told(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    reflect(case, "V16", shown=False)

    text = page(ada, case)

    assert "Stopped for a safety step" in text
    assert "The patient was told nothing of this." in text


def test_the_trend_draws_the_last_eight_and_where_the_dose_changed(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    for number in range(10):
        ward.clock.at(days=10 - number)
        reflect(case, "V06" if number == 5 else "V01", session=f"s{number}")

    ward.clock.at()
    with ward.db.read() as tx:
        found = sessions(tx, case.conversation.id, "en")
        drawn = trend(found, changes_of_dose(tx, case.conversation.id, found))
    text = page(ada, case)

    assert len(drawn.marks) == 8
    assert [x for x, _ in drawn.changes] == [drawn.marks[3].x]
    assert text.count("<circle") == 8
    assert 'role="img"' in text
    assert "9 earlier" in text


def test_a_conversation_without_a_session_shows_no_empty_card(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("hello")

    assert "Reflective sessions" not in page(ada, case)


def test_staff_of_another_clinic_see_nothing_of_it(ward: Ward, cleo: Staff) -> None:
    case = ward.case()
    reflect(case, "V01")

    assert cleo.get(f"/console/conversations/{case.conversation.id}").status_code == 404


def test_every_headline_band_and_level_has_words() -> None:
    table = yaml.safe_load((CONTENT / "en/console_patient.yml").read_text(encoding="utf-8"))["sessions"]
    results = [
        formulate(case["answers"], louder=case["tie_answer"], open_safety_step=case["open_safety_step"])
        for case in VIGNETTES
    ]

    assert {one.headline for one in results} == set(table["headlines"])
    assert {one.band for one in results} == set(table["bands"])
    assert {one.withdrawal_level for one in results} == set(table["levels"])
    assert {flag.split(":")[0] for one in results for flag in one.flags} <= set(table["flag_names"])
