"""The last days of a patient: what they entered is there, nothing is averaged away, and what they kept stays theirs."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.store import audit
from bot.web.console.curves import curves
from bot.web.console.diary import diary, last_days
from bot.web.console.rendering import console_words
from tests.web.console.conftest import Staff
from tests.web.console.test_sessions import reflect
from tests.web.console.ward import Case, Ward

FOOTER = (
    "Sum of the patient&#39;s own entries. Not a diagnosis, not a test, not evidence for or against a prescription. "
    "The patient can see this page."
)


def week(ward: Ward) -> Case:
    """Six days of check-ins with a gap of two days, a step down that was planned, an urge, a slip, two notes."""
    case = ward.case()
    case.know(name="Mara")
    for days, (pull, worry, sleep, dose) in {
        6: (7, 4, 5, "no"), 5: (8, 5, 4, "lower"), 4: (6, 6, 6, "no"), 1: (3, "skip", 7, "no"),
    }.items():  # fmt: skip
        ward.clock.at(days=days)
        case.tell("check_in", f"c{days}", pull=pull, anxiety=worry, sleep=sleep, dose_change=dose)
        if dose == "lower":
            case.tell("check_in", f"c{days}", planned="yes")
    ward.clock.at(days=3)
    case.tell("check_in", "flags", red_flags=["chest"])
    case.tell("urge", "u", before=8, after=3, helped=("the garden", "the garden"))
    case.tell("slip", "s", prescribed="within", hour_before=("a row about money", "a row about money"))
    case.tell("plan", "p", people=("my sister", "my sister"))
    reflect(case, "V01", person_fit=("yes", None))
    ward.clock.at(days=2)
    case.note("i am scared of the next step down")
    case.note("this one is mine", sent=False)
    ward.clock.at()
    return case


def path(case: Case) -> str:
    return f"/console/conversations/{case.conversation.id}/summary"


def test_every_part_of_the_week_is_there_and_the_patients_words_come_first(ward: Ward, ada: Staff) -> None:
    case = week(ward)

    page = ada.get(path(case)).text

    for part in (
        "Mara (", "i am scared of the next step down", "Urges: 1", "Before 8.0, after 3.0", "the garden", "Slips: 1",
        "a row about money", "chest pain or trouble breathing", "2 days after a change of the dose", "Sessions: 1",
        "The pull is the loudest part", "Who they can tell: <span", "my sister",
        "The person kept 1 notes to themselves.", FOOTER,
    ):  # fmt: skip
        assert part in page, part
    assert page.index("In their words") < page.index("Ratings") < page.index("Slips: 1")


def test_what_was_kept_private_is_not_shown(ward: Ward, ada: Staff) -> None:
    case = week(ward)

    assert "this one is mine" not in ada.get(path(case)).text


def test_the_week_before_is_not_in_it(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    ward.clock.at(days=8)
    case.note("long ago")
    ward.clock.at()

    page = ada.get(path(case)).text

    assert "long ago" not in page
    assert "Nothing was shared in own words." in page


def test_a_note_is_marked_as_read_once_and_the_receipt_names_who(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.case()
    note = case.note("please ask me about the nights")
    assert "Nobody has said that they read it." in ada.get(path(case)).text

    answers = [ada.post(f"{path(case)}/read", data={"note": note}) for _ in range(2)]

    assert [answer.headers["location"] for answer in answers] == [f"{path(case)}?done=read#notes"] * 2
    page = ben.get(path(case)).text
    assert "Read by Ada Nowak" in page
    with ward.db.read() as tx:
        assert len(audit.of(tx, "demo", kind="note", subject=note)) == 1


def test_a_note_that_was_not_sent_cannot_be_marked(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    kept = case.note("mine", sent=False)

    assert ada.post(f"{path(case)}/read", data={"note": kept}).status_code == 422


def test_the_chart_breaks_where_days_are_missing_and_draws_the_dose_change(ward: Ward) -> None:
    case = week(ward)
    zone = ZoneInfo("Europe/London")

    with ward.db.read() as tx:
        chart = curves(diary(tx, case.conversation.id, console_words(), **last_days(tx.now, 7)), zone)

    assert chart is not None
    pull, worry, _ = chart.curves
    assert (len(pull.marks), len(pull.lines)) == (4, 1)
    assert len(pull.lines[0].split()) == 3
    assert len(worry.marks) == 3
    assert len(chart.changes) == 1
    assert chart.axes.left <= min(x for x, _ in pull.marks) <= max(x for x, _ in pull.marks) <= chart.axes.right
    assert [day.hour for _, day in chart.days] == [0] * len(chart.days)


def test_days_without_an_entry_draw_nothing(ward: Ward) -> None:
    case = ward.case()

    with ward.db.read() as tx:
        found = diary(tx, case.conversation.id, console_words(), **last_days(tx.now, 7))

    assert curves(found, ZoneInfo("Europe/London")) is None
    assert found.until - found.since == timedelta(days=7)


def test_the_record_shows_the_last_days_the_bots_part_and_the_consent(ward: Ward, ada: Staff) -> None:
    case = week(ward)
    case.bot("Good to see you.")
    case.say("i want to kill myself tonight", "emergency", "suicidal_ideation", phrase="kill myself")
    case.bot("I hear you. Please call 999.")

    page = ada.get(case.path).text

    since = page[page.index("What the bot said since the first signal") : page.index("The last 14 days")]
    assert "I hear you. Please call 999." in since
    assert "Good to see you." not in since
    assert "Change of the dose: lower. Planned with the prescriber." in page
    assert 'class="trend"' in page
    assert "Tries to reach them: 0" in page
    assert "text version 1." in page
