"""Sending and reading messages: kept exactly, answered once, in order."""

from tests.web.api.houses import Patient


def test_a_message_is_stored_and_answered(patient: Patient) -> None:
    answer = patient.say("Hello there")

    assert answer["message"]["text"] == "Hello there"
    assert [reply["text"] for reply in answer["replies"]] == ["re: Hello there"]
    assert answer["crisis"] is None
    assert patient.texts() == ["bot: re: hello", "patient: Hello there", "bot: re: Hello there"]
