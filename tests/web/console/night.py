"""A night on the ward, for the browser tests and for looking at the console by eye: every level, every state.

`python -m tests.web.console.night <folder> <port>` serves it.
"""

import sys
import threading
import time
from pathlib import Path

import uvicorn

from bot.store import escalations, processes, turns
from bot.web.app import create_app
from tests.web.console.ward import EMAILS, PASSWORD, Case, Ward, found_ward


def emergency(ward: Ward) -> Case:
    """Ten minutes of somebody in danger, who has not been reached."""
    case = opened(ward, minutes=11)
    case.say("hello, it is me again")
    case.bot("Good to see you. What would help right now?")
    case.say("the pull is strong tonight and i could not sleep, i have been awake since two")
    case.bot("That sounds hard. Shall we look at the pull together, one question at a time?")
    ward.clock.at(minutes=4, seconds=50)
    words = "i cant do this anymore. i want to kill myself tonight. sorry for writing this here"
    case.say(words, "urgent", "suicidal_ideation", phrase="want to kill myself tonight")
    case.bot("I hear that you are thinking of ending your life. I am telling the team now. Please call 999 or 116 123.")
    case.answer("Q0", "No", "nothing", level="none")
    ward.clock.at(minutes=4)
    case.answer("Q1", "Yes, I have thoughts of ending my life", "yes", level="urgent")
    case.answer("Q3", "Not sure", "not_sure", level="emergency")
    ward.clock.at(minutes=3)
    case.say("please dont call my husband")
    case.bot("Thank you for telling me. I have written that down for the team.")
    case.know(
        name="Mara", age_band="adult", contact="mobile 07700 900 123, after ten", safe_contact="call_only",
        safe_time="not before 8 in the morning", town="Leeds", emergency_person="Sister, Iwona, 07700 900456",
        med_word="tablet", purpose="worry_sleep", shared_device="may_see", cue_profile=["night", "alone"],
    )  # fmt: skip
    return case


def opened(ward: Ward, **ago: float) -> Case:
    ward.clock.at(**ago)
    return ward.case()


def night(ward: Ward) -> list[Case]:
    """Six records and two messages that the bot did not answer. The first record is the emergency."""
    first = emergency(ward)
    second = opened(ward, minutes=52)
    shaking = "stopped my tablets four days ago on my own and now i cannot stop shaking"
    second.say(shaking, "urgent", "abrupt_stop", "withdrawal_emergency", phrase="stopped my tablets")
    third = opened(ward, minutes=14)
    third.say(
        "i had two of my sisters codeine with the usual dose", "urgent", "dangerous_combination", phrase="codeine"
    )
    fourth = opened(ward, hours=3)
    fourth.say("i want to talk to a person please", "same_day", "request_human", phrase="talk to a person")
    fifth = opened(ward, hours=27)
    fifth.say("took three extra this week", "same_day", "escalating_use", phrase="took three extra")
    sixth = opened(ward, days=2)
    sixth.say("<script>alert(1)</script> & drove to work half asleep", "note", "driving_caring_impaired")
    for case in (second, third, fourth, fifth, sixth):
        case.bot("Thank you for telling me. I have written that down for the team.")
    ward.clock.at(minutes=6)
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ben, second.escalation.id)
        escalations.contact(tx, ward.ben, second.escalation.id, "contact_tried", "rang twice, no answer")
        escalations.claim(tx, ward.ada, fourth.escalation.id)
    unanswered(ward)
    ward.clock.at()
    return [first, second, third, fourth, fifth, sixth]


def unanswered(ward: Ward) -> None:
    """Two turns: one that is still tried, one that was given up."""
    for attempts in (2, 8):
        case = opened(ward, minutes=attempts)
        case.say("and today the worry is a seven")
        with ward.db.write() as tx:
            turns.lease(tx, case.conversation.id, "test", 600)
            for turn in turns.of_conversation(tx, case.conversation.id):
                for _ in range(attempts if turn.message else 0):
                    turns.fail(tx, turn, "test", "timed out", holding="I am slow tonight. Your message is stored.")
                if not turn.message:
                    turns.settle(tx, turn, "test", [{"text": "Hello."}], meaning=None)


def beat(ward: Ward) -> None:
    """Be the worker, as far as anybody can tell."""
    while True:
        with ward.db.write() as tx:
            processes.beat(tx, "worker", 1)
        time.sleep(10)


if __name__ == "__main__":
    found_ward(Path(sys.argv[1]))
    ward = Ward(Path(sys.argv[1]))
    cases = night(ward)
    print(EMAILS["ada"], PASSWORD, cases[0].path, flush=True)
    threading.Thread(target=beat, args=(ward,), daemon=True).start()
    uvicorn.run(create_app(ward.settings, ward.db), port=int(sys.argv[2]), log_level="warning")
