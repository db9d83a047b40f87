"""A whole reflective session with nothing but keys, on a screen 320 px wide, against the four real processes."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.phone import Phone
from tests.conversations.playing import know_patients
from tests.conversations.reflecting import CASES, Reflecting
from tests.stack import CLINIC, Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

MOST_STEPS = 60
FOCUSED = """(() => {
  const { activeElement: one } = document;
  const label = one.closest("label");
  return [one.closest("#answers") !== null, one.type || "", (label || one).textContent.trim()];
})()"""


class ByKeyboard(Reflecting):
    """The patient of a worked case, who answers on the page and has no pointer."""

    phone: Phone  # From `begin` on.

    def begin(self, page: Page) -> None:
        """Open the page in the conversation that has been onboarded."""
        session = {"clinic": CLINIC, "conversation": self.chat.conversation, "token": self.chat.token, "until": 9e15}
        kept = {"session": session, "pace": "no"}
        page.add_init_script(
            "".join(
                f"sessionStorage['between.{name}'] ??= {json.dumps(json.dumps(value))};" for name, value in kept.items()
            )
        )
        self.phone = Phone(page, self.stack.url())
        self.phone.open()

    def send(self, **body: Any) -> None:
        """Answer the open question by keys, and wait until the page shows what is asked next."""
        question = self.question
        titles = {choice["id"]: choice["title"] for choice in question.choices}
        expect(self.phone.page.locator(f"#m-{question.id}")).to_be_attached()
        if "choice" in body:
            self.press("Enter", at=(True, "button", titles[body["choice"]]))
        elif "choices" in body:
            for choice in body["choices"]:
                self.press("Space", at=(True, "checkbox", titles[choice]))
            self.press("Enter", at=(True, "submit", "Send this answer"))
        elif "value" in body:
            self.press("Space", at=(True, "radio", None))
            for _ in range(int(body["value"]) - int(question.scale["min"] if question.scale else 0)):
                self.phone.page.keyboard.press("ArrowRight")
            self.press("Enter", at=(True, "submit", "Send this answer"))
        else:
            self.press("Enter", at=(False, "textarea", None), typed=body["text"])
        expect(self.phone.page.locator('[data-from="patient"]').last).to_have_attribute("data-state", "sent")
        self.settle()
        assert self.phone.beyond_the_edge() == []

    def press(self, key: str, *, at: tuple[bool, str, str | None], typed: str = "") -> None:
        """Go on with Tab to what is wanted, which must be seen when it has the focus, and press the key."""
        keyboard = self.phone.page.keyboard
        for _ in range(MOST_STEPS):
            inside, kind, text = self.phone.page.evaluate(FOCUSED)
            if (inside, kind) == at[:2] and at[2] in (None, text):
                keyboard.type(typed)
                return keyboard.press(key)
            keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {at}")


def test_a_whole_session_is_held_by_keys_alone_at_320_px(browser: Browser, stack: Stack) -> None:
    know_patients(stack)
    context = browser.new_context(viewport={"width": 320, "height": 568})
    patient = ByKeyboard(stack, CASES["V01"])
    patient.begin(context.new_page())

    patient.play()

    assert patient.difference() == {}
    assert (patient.phone.errors, patient.phone.foreign) == ([], [])
    context.close()
