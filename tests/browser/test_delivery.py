"""Never lost, never doubled: the outbox of the page against a network and a server that fail."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from bot.store import erasure, messages
from tests.browser.dialogue import Dialogue, choices
from tests.browser.phone import Phone
from tests.web.api.houses import House

pytestmark = pytest.mark.browser

MESSAGES = "**/api/v1/messages"
STREAM = "**/api/v1/stream"


def patient_texts(phone: Phone, house: House) -> list[str]:
    return [message.text for message in house.transcript(phone.conversation) if message.sender == "patient"]


def posts_only(handle: Callable[[Route], None]) -> Callable[[Route], None]:
    return lambda route: handle(route) if route.request.method == "POST" else route.continue_()


def test_what_is_written_without_network_is_sent_once_when_it_is_back(phone: Phone, house: House) -> None:
    phone.page.context.set_offline(True)
    phone.say("one")
    phone.say("two")
    expect(phone.page.get_by_text("Not sent yet. It is kept here.").first).to_be_visible()

    phone.page.context.set_offline(False)

    expect(phone.bot).to_have_count(3)
    expect(phone.page.get_by_text("Not sent yet. It is kept here.")).to_have_count(0)
    assert patient_texts(phone, house) == ["one", "two"]
    assert phone.mine.all_text_contents() == ["one", "two"]


def test_a_button_tries_again_and_what_arrived_unheard_is_not_doubled(phone: Phone, house: House) -> None:
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    phone.page.route(MESSAGES, posts_only(lose_the_answer))
    phone.say("only once")
    phone.button("Try again").first.click()

    expect(phone.page.locator('[data-from="patient"]').last).to_have_attribute("data-state", "sent")
    phone.hears("I have read that.")
    assert lost == [201, 200], "the server had it the first time, and knew it the second"
    assert patient_texts(phone, house) == ["only once"]
    expect(phone.mine).to_have_text(["only once"])


def test_two_equal_messages_are_two(phone: Phone, house: House) -> None:
    phone.say("help")
    phone.hears("I have read that.")
    phone.say("help")

    expect(phone.bot).to_have_count(3)
    assert patient_texts(phone, house) == ["help", "help"]
    expect(phone.mine).to_have_text(["help", "help"])


def test_what_was_not_sent_outlives_a_reload(phone: Phone, house: House) -> None:
    phone.page.route(MESSAGES, posts_only(lambda route: route.abort()))
    phone.say("do not lose this")
    expect(phone.button("Try again").first).to_be_visible()

    phone.page.unroute(MESSAGES)
    phone.page.reload()

    phone.hears("I have read that.")
    expect(phone.mine).to_have_text(["do not lose this"])
    assert patient_texts(phone, house) == ["do not lose this"]


def test_what_was_on_its_way_at_a_reload_is_shown_once(phone: Phone, house: House) -> None:
    phone.page.route(MESSAGES, posts_only(lambda route: (route.fetch(), route.abort())[1]))
    phone.say("already there")
    expect(phone.button("Try again").first).to_be_visible()

    phone.page.unroute(MESSAGES)
    phone.page.reload()

    phone.hears("I have read that.")
    expect(phone.mine).to_have_text(["already there"])
    assert patient_texts(phone, house) == ["already there"]


def test_a_reload_shows_the_whole_conversation_and_the_open_question(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say({"text": "First answer."}, choices("And now?", "Go on", "Stop"))
    phone.say("one")
    phone.hears("First answer.")
    phone.say("two")
    phone.hears("And now?")
    before = phone.page.locator(".message .text").all_text_contents()

    phone.page.reload()

    expect(phone.button("Go on")).to_be_visible()
    assert phone.page.locator(".message .text").all_text_contents() == before


def test_a_long_conversation_is_resumed_to_its_last_word(phone: Phone, house: House, dialogue: Dialogue) -> None:
    conversation = phone.conversation
    with house.db.write() as tx:
        for number in range(230):
            messages.staff_say(tx, house.conversation(conversation), house.clinician, f"line {number}")

    phone.page.reload()

    expect(phone.page.locator('[data-from="staff"]')).to_have_count(230)
    expect(phone.page.locator('[data-from="staff"] .text').last).to_have_text("line 229")
    expect(phone.page.locator('[data-from="staff"] .text').last).to_be_in_viewport()


def test_a_draft_outlives_a_reload(phone: Phone) -> None:
    phone.field.fill("1.0")
    phone.until("sessionStorage['between.draft'] === '\"1.0\"'")

    phone.page.reload()

    expect(phone.field).to_have_value("1.0")


def test_replies_come_by_asking_where_no_stream_gets_through(phone: Phone, dialogue: Dialogue) -> None:
    phone.page.route(STREAM, lambda route: route.abort())
    phone.page.reload()
    dialogue.will_say({"text": "Without a stream."})

    phone.say("are you there")

    phone.hears("Without a stream.")
    expect(phone.mine).to_have_text(["are you there"])


def test_a_reply_that_takes_longer_is_preceded_by_an_honest_one(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.rasa.seconds = 7.5
    dialogue.will_say({"text": "Too late for this turn."})

    phone.say("are you there")

    expect(phone.bot.last).to_contain_text("I need longer than usual to answer.", timeout=9_000)


def test_typing_is_said_in_words(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.rasa.seconds = 1.5

    phone.say("are you there")

    expect(phone.page.locator("#typing")).to_have_text("Reflection helper is writing…")
    expect(phone.page.locator("#typing")).to_be_visible()
    phone.hears("I have read that.")
    expect(phone.page.locator("#typing")).to_be_hidden()


def test_a_server_that_cannot_save_is_told_in_plain_words_and_asked_again(phone: Phone, house: House) -> None:
    phone.page.route(
        MESSAGES,
        posts_only(
            lambda route: route.fulfill(
                status=503,
                content_type="application/problem+json",
                json={
                    "status": 503,
                    "title": "x",
                    "detail": "y",
                    "crisis_contacts": [],
                    "crisis": {
                        "level": "urgent",
                        "text": "I could not reach the team. Please call Samaritans (116 123) or 999.",
                        "contacts": [{"role": "crisis", "name": "Samaritans", "number": "116 123", "tel": "116123"}],
                    },
                },
            )
        ),
    )

    phone.say("i want to die")

    card = phone.page.get_by_role("region", name="Help for you now")
    expect(card).to_contain_text("I could not reach the team.")
    expect(card.get_by_role("link", name="Call 116 123")).to_be_visible()
    expect(phone.page.locator("#notice")).to_contain_text("The chat cannot save right now.")
    expect(card).not_to_contain_text("urgent")
    phone.page.unroute(MESSAGES)
    phone.button("Try again").first.click()
    phone.hears("I have read that.")
    assert patient_texts(phone, house) == ["i want to die"]


def test_a_message_that_cannot_be_taken_can_be_put_back(phone: Phone) -> None:
    phone.page.route(
        MESSAGES,
        posts_only(
            lambda route: route.fulfill(status=422, content_type="application/problem+json", json={"status": 422})
        ),
    )
    phone.say("a message that cannot be taken")

    phone.button("Put it back in the writing field").click()

    expect(phone.field).to_have_value("a message that cannot be taken")
    expect(phone.mine).to_have_count(0)


def test_the_start_without_a_server_shows_contacts_and_tries_again(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone()
    phone.page.route("**/api/**", lambda route: route.abort())
    phone.page.goto(phone.site + "/chat?clinic=demo")
    notice = phone.page.locator("#notice")
    expect(notice).to_contain_text("We could not reach the chat.")
    expect(phone.page.locator("#unreached").get_by_role("link", name="Call 116 123")).to_be_visible()
    phone.say("is anyone there")

    phone.page.unroute("**/api/**")
    notice.get_by_role("button", name="Try again").click()

    phone.hears("I have read that.")
    expect(phone.mine).to_have_text(["is anyone there"])
    expect(notice).to_be_hidden()


def test_an_expired_token_is_refreshed_without_a_word(phone: Phone, house: House) -> None:
    refreshed: list[str] = []
    phone.page.on("request", lambda request: refreshed.append(request.url) if request.url.endswith("/token") else None)
    answers = iter([401])

    def refuse_once(route: Route) -> None:
        status = next(answers, None)
        if status:
            route.fulfill(status=status, content_type="application/problem+json", json={"status": status})
        else:
            route.continue_()

    phone.page.route(MESSAGES, posts_only(refuse_once))
    phone.say("still here")

    phone.hears("I have read that.")
    assert len(refreshed) == 1
    assert patient_texts(phone, house) == ["still here"]


def test_a_conversation_that_is_over_goes_on_in_a_new_one_with_what_was_written(phone: Phone, house: House) -> None:
    conversation = phone.conversation
    phone.page.route(STREAM, lambda route: route.abort())
    erasure.erase(house.db, "demo", conversation, actor="a test")

    phone.say("where did it go")

    expect(phone.log).to_contain_text("Your earlier chat has closed on this device. This is a new one.")
    expect(phone.bot.last).to_have_text("I have read that.")
    assert phone.conversation != conversation
    assert patient_texts(phone, house) == ["where did it go"]


def test_no_token_ever_stands_in_an_address(phone: Phone) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.say("hello")
    phone.hears("I have read that.")
    phone.page.reload()
    phone.hears("I have read that.")

    token = phone.page.evaluate("JSON.parse(sessionStorage['between.session']).token")

    assert asked
    assert not [url for url in asked if token[:20] in url or "hello" in url]


def test_a_phone_whose_clock_is_wrong_asks_for_no_token_too_many(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone()
    phone.page.add_init_script("{ const real = Date.now; Date.now = () => real() + 86400000; }")
    refreshed: list[str] = []
    phone.page.on("request", lambda request: refreshed.append(request.url) if request.url.endswith("/token") else None)
    phone.open()

    phone.say("hello")

    phone.hears("I have read that.")
    assert refreshed == []


def test_words_never_leave_their_tab_even_on_a_device_of_ones_own(phone: Phone) -> None:
    phone.page.locator("#comfort summary").click()
    phone.page.get_by_label("This device is mine.").check()
    phone.page.keyboard.press("Escape")
    phone.page.context.set_offline(True)

    phone.say("a secret that waits")
    phone.field.fill("a secret that is written")
    phone.until("(sessionStorage['between.draft'] || '').includes('is written')")

    assert "secret" not in phone.page.evaluate("JSON.stringify({...localStorage})")
    assert "secret that waits" in phone.page.evaluate("JSON.stringify({...sessionStorage})")
