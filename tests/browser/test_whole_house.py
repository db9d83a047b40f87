"""The chat page on the four real processes: a patient is greeted, onboarded, checks in, and is in danger."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from bot.store import answers, conversations, messages
from tests.browser.phone import Phone
from tests.stack import CLINIC, Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

# What is tapped, and how the bot's next question begins or goes on.
ONBOARDING = (
    ("Go on", "I am not for emergencies."),
    ("I understand", "Is it safe for you to chat now"),
    ("Safe", "How old are you?"),
    ("18 or over", "Are you a patient of"),
    ("Yes, I am a patient", "What do you take this medicine for?"),
    ("Worry, panic or sleep", "I save what you write"),
    ("That is OK", "how can the team reach you?"),
    ("Skip", "Is there someone we may call"),
    ("No one", "What word do you use for your medicine?"),
    ("pill", "What may I call you?"),
    ("Skip", "When and where did you usually take it?"),
    ("Skip", "What would help right now?"),
)


@pytest.fixture
def take_phone(browser: Browser, stack: Stack) -> Iterator[Callable[..., Phone]]:
    """Takes a phone that has loaded nothing yet."""
    opened: list[Phone] = []

    def take_one(width: int = 360, height: int = 740) -> Phone:
        context = browser.new_context(viewport={"width": width, "height": height})
        opened.append(Phone(context.new_page(), stack.url()))
        return opened[-1]

    yield take_one
    for phone in opened:
        phone.page.context.close()
        assert phone.errors == []
        assert phone.foreign == []


@pytest.fixture
def phone(take_phone: Callable[..., Phone]) -> Phone:
    """A small phone with the chat open, all bubbles of a turn at once."""
    phone = take_phone()
    phone.page.add_init_script("sessionStorage['between.pace'] = '\"no\"'")
    phone.open()
    return phone


def test_a_patient_is_onboarded_and_checks_in(phone: Phone, stack: Stack) -> None:
    for title, question in ONBOARDING:
        tap(phone, title, question)
    tap(phone, "Check in", "How strong is the pull to take a pill today")
    for number, question in (
        (7, "the worry or panic"),
        (4, "did you sleep"),
        (5, "Any change in how you take your pill"),
    ):
        phone.page.get_by_role("radio").nth(number).check()
        tap(phone, "Send this answer", question)
    tap(phone, "No", "Any of these today?")
    phone.page.get_by_label("None of these").check()
    tap(phone, "Send this answer", "Is there anything you want")
    tap(phone, "No", "Pull 7, worry 4, sleep 5.")

    phone.page.reload()

    expect(phone.bot.last).to_contain_text("Pull 7, worry 4, sleep 5.")
    expect(phone.button("Leave it there")).to_be_visible()
    with stack.database.read() as tx:
        conversation = conversations.load(tx, CLINIC, phone.conversation)
        kept = {answer.step: answer.value for answer in answers.of(tx, conversation.id, "check_in")}
    assert conversation.consent == "given"
    assert (kept["pull"], kept["anxiety"], kept["sleep"]) == (7, 4, 5)


def test_a_patient_in_danger_sees_contacts_at_once_and_staff_see_the_patient(phone: Phone, stack: Stack) -> None:
    tap(phone, "Go on", "I am not for emergencies.")

    phone.say("i want to kill myself")

    card = phone.page.get_by_role("region", name="Help for you now")
    expect(card.get_by_role("link", name="Call 999 or 112")).to_be_visible()
    expect(phone.mine.last).to_have_text("i want to kill myself")
    expect(phone.page.locator('[data-from="patient"]').last).to_have_attribute("data-state", "sent")
    expect(phone.bot.last).not_to_contain_text("I am not for emergencies.")
    queue = stack.login().get("/console").text
    with stack.database.read() as tx:
        escalation = conversations.load(tx, CLINIC, phone.conversation).open_escalation
    assert escalation is not None
    assert escalation.id in queue


def test_with_the_dialogue_dead_the_patient_is_not_left_alone(phone: Phone, stack: Stack) -> None:
    stack.kill("rasa")

    phone.say("i want to kill myself")

    card = phone.page.get_by_role("region", name="Help for you now")
    expect(card.get_by_role("link", name="Call 999 or 112")).to_be_visible()
    expect(phone.bot.last).to_contain_text("I need longer than usual to answer.", timeout=9_000)
    with stack.database.read() as tx:
        said = [one.text for one in messages.transcript(tx, phone.conversation) if one.sender == "patient"]
        escalation = conversations.load(tx, CLINIC, phone.conversation).open_escalation
    assert said == ["i want to kill myself"]
    assert escalation is not None


def tap(phone: Phone, title: str, question: str) -> None:
    """Tap, and wait for what the bot asks next."""
    phone.button(title).click()
    expect(phone.bot.last).to_contain_text(question, timeout=12_000)
