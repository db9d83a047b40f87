"""A patient for the tests of the dialogues: everything is real but Rasa, whose form loop is played in a few lines.

Messages go through the store and the front door's own reading of answers, the risk gate's own routing, the action
server over HTTP, and the wording class's own responses. What classifier and risk screen would say, a test says.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import yaml

from bot.engine.responses import Responses
from bot.engine.routing import Thresholds, route
from bot.safety import NONE_ASSESSMENT, Assessment, screen_answer
from bot.settings import ROOT
from bot.store import answers, clinics, conversations, escalations, facts, messages, turns
from bot.store.database import Database
from bot.store.findings import Finding
from bot.store.rows import ClinicSettings
from bot.web.asking import ask_for
from bot.web.offered import understand

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
RULES = {
    steps[0]["intent"]: steps[1]["action"]
    for path in sorted((ROOT / "bot/data/rules").glob("*.yml"))
    for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    for steps in [rule["steps"]]
}
RESPONSES = Responses()
MOST_ACTIONS = 10  # Rasa ends a turn that takes more.


def finding(level: str, action: str, *categories: str) -> Finding:
    return Finding(level=level, action=action, categories=categories, reasons=("test",))


@dataclass
class Patient:
    """One conversation. ``said`` is what the bot said to the last message, as (state or response, text)."""

    client: httpx.Client
    database: Database
    secret: str
    clinic: str = "demo"
    identity: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    form: str | None = None
    said: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    conversation: str = ""
    guesses: dict[str, Any] = field(default_factory=dict)

    def open(self) -> "Patient":
        """Open the chat; again: come back."""
        with self.database.write() as tx:
            clinic = clinics.get(tx, self.clinic)
            if not self.conversation:
                conversation, turn = conversations.start(tx, clinic, language="en", identity=self.identity)
                self.conversation = conversation.id
            else:
                conversation = conversations.find(tx, self.conversation)
                turn = turns.add(tx, conversation, kind="open")
        assert turn is not None
        self._run(turn.id, "open_conversation", ())
        return self

    def says(
        self,
        text: str,
        intent: str = "inform",
        *,
        confidence: float = 0.95,
        ranking: Sequence[tuple[str, float]] = (),
        risk: Finding | None = None,
        meaning: Finding | None = None,
        closest: dict[str, list[tuple[str, float]]] | None = None,
        inner: Sequence[tuple[str, float]] = (),
    ) -> "Patient":
        """Type something: layer 1 finds ``risk`` in it, layer 2 ``meaning``; ``closest`` and ``inner`` are guesses."""
        assessment = risk or NONE_ASSESSMENT
        self.guesses = {"closest": closest or {}, "inner": list(inner)}
        self._send({"text": text}, assessment, intent, confidence, ranking, meaning)
        self.guesses = {}
        return self

    def picks(self, *options: str) -> "Patient":
        """Press an offered choice, or several."""
        with self.database.read() as tx:
            question = messages.open_question(tx, self.conversation)
        body = {"choices": list(options)} if question and question.multiple else {"choice": options[0]}
        self._send(body, NONE_ASSESSMENT, "answer", 1.0, (), None)
        return self

    def gives(self, value: int) -> "Patient":
        """Choose a point of a scale."""
        self._send({"value": value}, NONE_ASSESSMENT, "answer", 1.0, (), None)
        return self

    def waits_for(self, name: str) -> "Patient":
        """Let the moment of a timed line come."""
        with self.database.read() as tx:
            due = [one for one in turns.of_conversation(tx, self.conversation) if one.name == name]
        self._run(due[-1].id, "timed_line", ())
        return self

    def waits(self, name: str) -> "Patient":
        """Time passes, and a timed line of that name is asked for."""
        with self.database.write() as tx:
            turn = turns.add(tx, conversations.find(tx, self.conversation), kind="timed", name=name)
        self._run(turn.id, "timed_line", ())
        return self

    def again(self) -> "Patient":
        """Let the last turn be asked once more by a Rasa that kept nothing of it."""
        kept = json.loads(json.dumps({name: self.last[name] for name in ("slots", "events", "form")}))
        self.slots, self.events, self.form = kept["slots"], kept["events"], kept["form"]
        self._run(**self.last["turn"])
        return self

    @property
    def texts(self) -> list[str]:
        return [reply["text"] for reply in self.said]

    @property
    def states(self) -> list[str]:
        return [reply["state"] for reply in self.said if reply.get("state")]

    @property
    def names(self) -> list[str]:
        return [reply["name"] for reply in self.said]

    @property
    def asked(self) -> str | None:
        """The state of the question that is open now."""
        with self.database.read() as tx:
            question = messages.open_question(tx, self.conversation)
        return question.state if question else None

    @property
    def offered(self) -> list[str]:
        return [choice["id"] for choice in self.said[-1].get("choices", ())]

    def facts(self) -> dict[str, Any]:
        with self.database.read() as tx:
            return facts.get(tx, self.conversation)

    def answers(self, dialogue: str | None = None) -> list[tuple[str, Any]]:
        with self.database.read() as tx:
            return [(one.step, one.value) for one in answers.of(tx, self.conversation, dialogue) if one.confirmed]

    def record(self) -> Any:
        with self.database.read() as tx:
            return escalations.open_of(tx, self.conversation)

    def consent(self) -> str:
        with self.database.read() as tx:
            return conversations.find(tx, self.conversation).consent

    def _send(
        self,
        body: dict[str, Any],
        assessment: Any,
        intent: str,
        confidence: float,
        ranking: Sequence[tuple[str, float]],
        meaning: Finding | None,
    ) -> None:
        with self.database.write() as tx:
            conversation = conversations.find(tx, self.conversation)
            question = messages.open_question(tx, self.conversation)
            meant = understand(body, question)
            if meant.answer is not None and question is not None and question.state:
                answered: Assessment = screen_answer(question.state, meant.options)
                assessment = answered if assessment.action == "none" else assessment
            received = messages.receive(
                tx,
                conversation,
                client_id=uuid4().hex,
                body=body,
                text=meant.text,
                assessment=assessment,
                counts_as=meant.answer,
            )
        if received.turn is not None:
            self._run(received.turn.id, intent, ranking, confidence=confidence, meaning=meaning)

    def _run(
        self,
        turn_id: str,
        intent: str,
        ranking: Sequence[tuple[str, float]],
        confidence: float = 1.0,
        meaning: Finding | None = None,
    ) -> None:
        turn = {"turn_id": turn_id, "intent": intent, "ranking": ranking, "confidence": confidence, "meaning": meaning}
        kept = json.loads(json.dumps({"slots": self.slots, "events": self.events, "form": self.form}))
        self.last = {**kept, "turn": turn}
        with self.database.write() as tx:
            body = ask_for(tx, turns.load(tx, turn_id), "test").body
        found = meaning.to_json() if meaning else None
        if body["answer"] is not None:
            intent, confidence = "answer", 1.0
        routed = route(intent, confidence, body["metadata"], found, Thresholds())
        name = intent if intent in ("open_conversation", "timed_line") else routed.intent
        first = [(intent, confidence)] if intent not in ("answer", "open_conversation", "timed_line") else []
        entities = _entities(body["answer"])
        message = {
            "text": body["text"],
            "intent": {"name": name, "confidence": routed.confidence},
            "entities": entities,
            "intent_ranking": [{"name": one, "confidence": sure} for one, sure in (ranking or first)],
            "risk": routed.risk,
            "meaning": found,
            **self.guesses,
            "metadata": body["metadata"],
            "message_id": body["message_id"],
        }
        self.said, self.calls = [], []
        Loop(self, message).run()
        assert self.said or name == "timed_line", f"silence after {body['text']!r}"
        with self.database.write() as tx:
            conversation = conversations.find(tx, self.conversation)
            for reply in self.said:
                messages.bot_say(tx, conversation, reply, turn_id=turn_id, kind="text", hidden=False)


class Loop:
    """What Rasa does with one message: the running form first, then the rule of the intent, then the form again."""

    def __init__(self, patient: Patient, message: dict[str, Any]) -> None:
        self.patient = patient
        self.message = message
        self.follow: str | None = None
        patient.events.append({"event": "user", **message})

    def run(self) -> None:
        patient, intent = self.patient, self.message["intent"]["name"]
        form = patient.form
        ignored = form is not None and intent in DOMAIN["forms"][form]["ignored_intents"]
        if form is not None and not ignored:
            self._form(form, answered=True)
        else:
            self._call(RULES[intent])
            if self.follow is None and patient.form is not None:
                self._form(patient.form, answered=False)
        while self.follow not in (None, "action_listen"):
            form, self.follow = self.follow, None
            patient.form = form
            patient.slots["requested_slot"] = None
            self._form(form, answered=False)

    def _form(self, form: str, *, answered: bool) -> None:
        patient = self.patient
        slots = [{"event": "slot", "name": "answer", "value": self.message["text"] or "x"}] if answered else []
        self._call(f"validate_{form}", [{"event": "action", "name": form}, *slots])
        if patient.form == form and self.follow is None:
            patient.slots["requested_slot"] = "answer"
            self._call(f"action_ask_{form}_answer")

    def _call(self, action: str, more: Sequence[dict[str, Any]] = ()) -> None:
        patient = self.patient
        patient.calls.append(action)
        assert len(patient.calls) <= MOST_ACTIONS, patient.calls
        tracker = {
            "sender_id": patient.conversation,
            "slots": {**patient.slots, **{one["name"]: one["value"] for one in more if one["event"] == "slot"}},
            "latest_message": self.message,
            "events": [*patient.events, *more],
            "paused": False,
            "followup_action": None,
            "active_loop": {"name": patient.form} if patient.form else {},
            "latest_action_name": None,
        }
        answer = patient.client.post(
            "/webhook",
            json={"next_action": action, "sender_id": patient.conversation, "tracker": tracker},
            headers={"Authorization": f"Bearer {patient.secret}"},
        )
        assert answer.status_code == 200, (action, answer.text)
        result = answer.json()
        for response in result["responses"]:
            self._utter(response)
        for event in result["events"]:
            self._apply(event)

    def _utter(self, response: dict[str, Any]) -> None:
        name = response["response"]
        metadata = self.message["metadata"]
        values = {
            **metadata["facts"],
            **metadata["clinic"],
            **{key: value for key, value in response.items() if value is not None},
        }
        last = next((one["metadata"]["variant"] for one in reversed(self.patient.events)
                     if one["event"] == "bot" and one["metadata"]["utter_action"] == name), None)  # fmt: skip
        said = RESPONSES.say(name, values, language="en", last=last, plain=bool(metadata["facts"].get("simpler_words")))
        buttons = [*said.get("buttons", ()), *(response.get("buttons") or ())]
        choices = [{"id": button["payload"], "title": button["title"]} for button in buttons]
        reply = {"name": name, "text": said["text"], "choices": choices}
        reply |= {key: value for key, value in said.get("custom", {}).items() if key in ("scale", "date", "multiple")}
        if response.get("state"):
            reply["state"] = response["state"]
        self.patient.said.append(reply)
        self.patient.events.append(
            {"event": "bot", "text": said["text"], "metadata": {"utter_action": name, "variant": said["variant"]}}
        )

    def _apply(self, event: dict[str, Any]) -> None:
        patient = self.patient
        patient.events.append(event)
        if event["event"] == "slot":
            patient.slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            patient.form = event["name"]
        elif event["event"] == "followup":
            self.follow = event["name"]


def _entities(answer: dict[str, Any] | None) -> list[dict[str, Any]]:
    if answer is None:
        return []
    values = next(iter(answer.values()))
    return [
        {"entity": "answer", "value": json.dumps(value)} for value in (values if isinstance(values, list) else [values])
    ]


def make_clinic(database: Database, **settings: Any) -> None:
    with database.write() as tx:
        given = {"name": "Riverside Clinic", "staff_hours": "weekdays 9 to 5", **settings}
        clinics.create(tx, "demo", ClinicSettings(**given))
