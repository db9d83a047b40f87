"""Receiving a message is one commit, once, whatever comes twice or at once."""

from bot.store import messages
from tests.store.conftest import Cast


def test_a_message_is_stored_byte_for_byte(cast: Cast) -> None:
    text = "< 5 mg, ½ tablet, \ud83d \U0001f622\x00 “enough”\n/restart"

    received = cast.says(text)

    with cast.db.read() as tx:
        assert [message.text for message in messages.transcript(tx, cast.patient.id)] == [text]
    assert received.message.text == text
