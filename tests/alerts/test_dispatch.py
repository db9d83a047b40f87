"""Alerts reach people over real mail and HTTP servers on loopback: at least once, down the lanes, without a word."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest

from bot.alerts.dispatch import Dispatcher
from bot.alerts.sending import send
from bot.alerts.wording import Message, drill_sentence
from bot.safety import screen
from bot.store import closing, conversations, escalations, factors, outbox
from bot.store.channels import Channel
from bot.store.outbox import Try
from tests.alerts.conftest import CANARY, TODAY, URL, Ward
from tests.alerts.receivers import Hook, Mailbox
from tests.databases import Clock


async def quick(channel: Channel, message: Message, step: str) -> Try:
    """The real thing, with less patience."""
    return await send(channel, message, step, seconds=0.5)


class Recorded:
    """Stands in for the network where only who is told when counts. `fails`: channel ids that take nothing."""

    def __init__(self, *fails: Channel) -> None:
        self.fails = {one.id for one in fails}
        self.sent: list[tuple[str, str, Message]] = []

    async def __call__(self, channel: Channel, message: Message, step: str) -> Try:
        self.sent.append((step, channel.id, message))
        outcome = "refused" if channel.id in self.fails else outbox.ARRIVED
        return Try(channel_id=channel.id, kind=channel.kind, step=step, outcome=outcome)

    def steps(self) -> list[tuple[str, str]]:
        return [(step, channel_id) for step, channel_id, _ in self.sent]


def test_an_escalation_sends_a_mail_and_a_signed_webhook_and_counts_as_told(
    ward: Ward, mail: Mailbox, web: Hook
) -> None:
    ward.channel(mail.url)
    hooked = ward.channel(web.url, of=ward.nurse)
    record = ward.crisis()
    assert not ward.now(record).is_told

    assert ward.sends() == 1

    assert ward.now(record).state == "alerted"
    assert ward.now(record).is_told
    [letter], [(headers, body)] = mail.mails, web.posts
    link = f"{URL}/console/escalations/{record.id}"
    assert letter.startswith(f"A conversation needs you\nA conversation needs you. Please open it: {link}")
    assert json.loads(body)["data"]["link"] == link
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(hooked.secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert {(one.kind, one.outcome) for one in ward.tries()} == {("mailto", "delivered"), ("webhook", "delivered")}
    assert ward.sends() == 0


def test_no_alert_says_a_word_a_name_a_category_or_a_level(ward: Ward, mail: Mailbox, web: Hook) -> None:
    ward.channel(mail.url)
    ward.channel(web.url)
    ward.crisis()
    ward.crisis(TODAY)

    ward.sends()

    sent = "\n".join([*mail.mails, *(f"{headers}{body}" for headers, body in web.posts)]).casefold()
    assert len(mail.mails) == len(web.posts) == 2
    for word in (CANARY, "die", "nina", "harbour", "suicid", "emergency", "urgent", "same_day", "request_human"):
        assert word not in sent


def test_what_was_tried_is_kept_without_an_address(ward: Ward, web: Hook) -> None:
    web.mood = "refuses"
    ward.channel(web.url)
    ward.crisis()

    ward.sends()

    [tried] = ward.tries()
    assert (tried.outcome, tried.reason, tried.attempt) == ("refused", "answered 503", 1)
    assert str(web.port) not in repr(tried)
    assert ward.incidents() == ["channel", "undelivered"]


def test_a_server_that_hangs_holds_up_no_other_and_nobody_is_told_before_one_has_it(
    ward: Ward, mail: Mailbox, web: Hook
) -> None:
    mail.mood = web.mood = "hangs"
    ward.channel(mail.url)
    ward.channel(web.url)
    record = ward.crisis()

    ward.sends(quick)

    assert not ward.now(record).is_told
    assert {one.outcome for one in ward.tries()} == {"slow"}

    async def scene() -> bool:
        """A second alert arrives while the first still hangs."""
        web.mood = "well"
        dispatcher = Dispatcher(ward.db, public_url=URL)
        other = ward.crisis()
        await dispatcher.run_due()
        for _ in range(200):
            if ward.now(other).is_told:
                break
            await asyncio.sleep(0.05)
        told = ward.now(other).is_told
        await dispatcher.aclose()
        return told

    assert asyncio.run(scene())


def test_a_server_that_comes_back_gets_the_alert_after_growing_pauses(ward: Ward, mail: Mailbox, clock: Clock) -> None:
    mail.mood = "refuses"
    ward.channel(mail.url)
    record = ward.crisis()
    for pause in outbox.PAUSES[:3]:
        assert ward.sends() == 1
        assert ward.sends() == 0
        clock.forward(seconds=pause)

    mail.mood = "well"
    ward.sends()

    assert len(mail.mails) == 1
    assert ward.now(record).is_told
    assert ward.incidents() == []
    assert [one.attempt for one in ward.tries()] == [1, 2, 3, 4]


def test_a_redirect_is_not_followed_and_counts_as_refused(ward: Ward, web: Hook) -> None:
    web.mood = "redirects"
    ward.channel(web.url)
    ward.crisis()

    ward.sends()

    assert [one.reason for one in ward.tries()] == ["answered 302"]


def test_when_nobody_on_duty_takes_it_the_next_people_get_it_at_once(ward: Ward) -> None:
    nurse = ward.channel("json://127.0.0.1:9", of=ward.nurse)
    clinic = ward.channel("json://127.0.0.1:9", lane="clinic")
    manager = ward.channel("json://127.0.0.1:9", of=ward.manager)
    record = ward.crisis()

    sent = Recorded(nurse, manager)
    ward.sends(sent)

    assert sent.steps() == [("duty", nurse.id), ("duty", manager.id), ("clinic", clinic.id)]
    assert ward.now(record).is_told


def test_channels_that_failed_beside_one_that_worked_are_tried_again_a_few_times(ward: Ward, clock: Clock) -> None:
    good = ward.channel("json://127.0.0.1:9", of=ward.nurse)
    bad = ward.channel("json://127.0.0.1:9", of=ward.manager)
    ward.crisis()
    sent = Recorded(bad)

    for _ in range(12):
        ward.sends(sent)
        clock.forward(minutes=3)

    assert [one for one in sent.steps() if one[1] == good.id] == [("duty", good.id)]
    assert len([one for one in sent.steps() if one[1] == bad.id]) == outbox.LATE_TRIES + 1
    assert ward.incidents() == ["channel"]


def test_without_any_channel_there_is_an_incident_and_it_stays_owed(ward: Ward) -> None:
    record = ward.crisis()

    ward.sends()

    assert not ward.now(record).is_told
    assert ward.incidents() == ["no_channel", "undelivered"]


def test_a_worker_killed_between_sending_and_writing_it_down_sends_again(ward: Ward, web: Hook, clock: Clock) -> None:
    ward.channel(web.url)
    record = ward.crisis()

    class Killed(BaseException):
        """What SIGKILL does, as far as the code can tell: nothing after it runs."""

    async def dies(channel: Channel, message: Message, step: str) -> Try:
        await send(channel, message, step)
        raise Killed

    with pytest.raises(Killed):
        ward.sends(dies)
    assert len(web.posts) == 1
    assert not ward.now(record).is_told
    assert ward.sends() == 0

    clock.forward(seconds=outbox.LEASE_SECONDS + 1)
    ward.sends()

    assert ward.now(record).is_told
    assert len({headers["webhook-id"] for headers, _ in web.posts}) == 1
    assert len(web.posts) == 2


def test_a_closed_record_is_not_paged_any_more(ward: Ward) -> None:
    ward.channel("json://127.0.0.1:9")
    record = ward.crisis()
    with ward.db.write() as tx:
        closing.close(tx, ward.nurse, record.id, "C1", "Spoken to her.", record.last_signal_seq)
    sent = Recorded()

    ward.sends(sent)

    assert sent.sent == []


def test_an_address_that_nobody_knows_fails_loudly(ward: Ward) -> None:
    ward.channel("nonsense://somewhere")
    ward.crisis()

    ward.sends()

    assert [one.reason for one in ward.tries()] == ["the address is none that Apprise knows"]
    assert "undelivered" in ward.incidents()


def test_a_drill_says_so_counts_in_no_flood_and_closes_by_itself_only_if_it_is_one(ward: Ward) -> None:
    ward.channel("json://127.0.0.1:9")
    real, who = ward.crisis(), ward.patient(identity=None)
    with ward.db.write() as tx:
        conversations.mark_as_drill(tx, who.id)
    drill = ward.crisis(patient=who)
    sent = Recorded()

    ward.sends(sent)
    with ward.db.write() as tx:
        closing.close_drill(tx, drill.conversation_id, actor="between drill")
        closing.close_drill(tx, real.conversation_id, actor="between drill")
        strangers = escalations.anonymous_emergencies(tx, "demo", since=drill.opened_at)

    assert sorted(message.kind for _, _, message in sent.sent) == ["drill", "needs"]
    assert (ward.now(drill).outcome, ward.now(drill).drill) == ("C10", True)
    assert (ward.now(real).closed_at, ward.now(real).drill) == (None, False)
    assert strangers == 0


def test_what_the_patient_of_a_drill_writes_is_an_emergency() -> None:
    found = screen(drill_sentence())

    assert (found.level, found.action) == ("emergency", "page")


def test_managers_alone_are_told_that_somebody_was_let_in_without_a_second_factor(ward: Ward) -> None:
    ward.channel("json://127.0.0.1/nurse", of=ward.nurse)
    theirs = ward.channel("json://127.0.0.1/manager", of=ward.manager)
    with ward.db.write() as tx:
        factors.ask(tx, "a session of Nina's", ward.nurse)
    asked = Recorded()
    assert ward.sends(asked) == 1
    with ward.db.write() as tx:
        [waiting] = factors.waiting(tx, "demo")
        factors.vouch(tx, ward.manager, waiting.id, granted=True)
    granted = Recorded()

    assert ward.sends(granted) == 1

    assert asked.steps() == granted.steps() == [("manager", theirs.id)]
    [(_, _, told)] = granted.sent
    assert told.body.endswith(f"{URL}/console")
    assert "nina" not in f"{told.title} {told.body}".casefold()
    assert ward.sends(Recorded()) == 0


def test_a_demonstration_writes_its_alerts_into_the_log(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    ward.channel("log://worker")
    record = ward.crisis()

    ward.sends()

    assert ward.now(record).state == "alerted"
    assert f"{URL}/console/escalations/{record.id}" in caplog.text
    assert CANARY not in caplog.text
