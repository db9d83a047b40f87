"""What a patient took back: staff read it, and read that it was taken back."""

from bot.store import messages
from tests.web.console.conftest import Staff
from tests.web.console.ward import Ward


def test_staff_read_what_was_taken_back_with_a_mark(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    with ward.db.write() as tx:
        said = messages.transcript(tx, case.conversation.id)[-1]
        messages.take_back(tx, case.conversation, said.id)

    record = ada.get(case.path).text
    talk = ada.get(f"/console/conversations/{case.conversation.id}").text

    for page in (record, talk):
        assert "kill myself" in page
        assert "taken back by the patient at" in page
