"""Who a patient is: a portal's signed word, checked by the clinic's own key; and tokens that stay fresh."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.store import clinics
from bot.web import tokens
from tests.web.api.houses import IDENTITY_SECRET, House, Patient, Web


def signed(house: House, key: Any = IDENTITY_SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    expires = house.db.clock() + timedelta(minutes=5)
    return jwt.encode({"sub": "patient-7", "exp": expires, "jti": uuid4().hex, **claims}, key, algorithm=algorithm)


def test_the_same_patient_resumes_her_conversation_on_another_device(house: House, web: Web) -> None:
    first = web.patient(identity=signed(house, sub="alice"))
    first.say("Good morning")

    second = web.patient(identity=signed(house, sub="alice"))

    assert second.conversation == first.conversation
    assert (first.started["resumed"], second.started["resumed"]) == (False, True)
    assert [one["text"] for one in second.started["messages"]][1:] == ["Good morning", "re: Good morning"]
    assert web.patient(identity=signed(house, sub="bob")).conversation != first.conversation
    assert web.patient().conversation != first.conversation


def test_a_patient_who_comes_back_after_hours_is_greeted_as_one_who_comes_back(lone_house: House) -> None:
    web = lone_house.web()
    web.patient(identity=signed(lone_house, sub="alice")).say("Good night")
    clock = lone_house.db.clock
    lone_house.db.clock = lambda: clock() + timedelta(hours=9)

    web.patient(identity=signed(lone_house, sub="alice"))

    asked = lone_house.rasa.asked[-1]
    assert asked["open"] is True
    assert (asked["metadata"]["resumed"], asked["metadata"]["away_minutes"]) == (True, 540)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ""},
        {"sub": "  "},
        {"sub": "x" * 201},
        {"exp": 1},
        {"aud": "other"},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_an_identity_that_does_not_fit_is_refused(house: House, web: Web, claims: dict[str, Any]) -> None:
    assert web.start(identity=signed(house, **claims)).status_code == 401


def test_an_identity_that_lives_too_long_is_refused(house: House, web: Web) -> None:
    forever = house.db.clock() + timedelta(minutes=12)

    assert web.start(identity=signed(house, exp=forever)).status_code == 401


@pytest.mark.parametrize("missing", ["sub", "exp"])
def test_an_identity_must_name_a_patient_and_an_end(house: House, web: Web, missing: str) -> None:
    claims = {"sub": "alice", "exp": house.db.clock() + timedelta(minutes=5)}
    del claims[missing]

    assert web.start(identity=jwt.encode(claims, IDENTITY_SECRET)).status_code == 401


def test_an_identity_of_another_hand_is_refused(house: House, web: Web) -> None:
    wrong = [
        signed(house, "another secret of enough characters"),
        jwt.encode({"sub": "alice", "exp": house.db.clock() + timedelta(minutes=5)}, "", algorithm="none"),
        "not a token",
    ]

    answers = [web.start(identity=identity) for identity in wrong]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert answers[0].json()["crisis_contacts"]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa.generate_private_key(65537, 2048), "RS256"), (ec.generate_private_key(ec.SECP256R1()), "ES256")],
    ids=["RS256", "ES256"],
)
def test_a_clinic_may_enter_a_public_key_instead(lone_house: House, key: Any, algorithm: str) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with lone_house.db.write() as tx:
        clinics.change(tx, "demo", identity_secret=public)
    web = lone_house.web()

    right = web.start(identity=signed(lone_house, private, algorithm, aud="demo"))
    for_somebody_else = web.start(identity=signed(lone_house, private, algorithm, aud="shop"))
    for_nobody = web.start(identity=signed(lone_house, private, algorithm))
    by_shared_secret = web.start(identity=signed(lone_house, IDENTITY_SECRET, aud="demo"))

    statuses = [one.status_code for one in (right, for_somebody_else, for_nobody, by_shared_secret)]
    assert statuses == [201, 401, 401, 401]


def test_a_clinic_without_a_key_knows_nobody(lone_house: House) -> None:
    with lone_house.db.write() as tx:
        clinics.change(tx, "demo", identity_secret="")

    assert lone_house.web().start(identity=signed(lone_house)).status_code == 401


def test_an_identity_is_taken_once_however_its_signature_is_written(house: House, web: Web) -> None:
    identity = signed(house)
    again = [identity, identity + "=", identity[:-1] + chr(ord(identity[-1]) ^ 1)]

    assert web.start(identity=identity).status_code == 201
    assert [web.start(identity=one).status_code for one in again] == [401] * 3
    assert web.start(identity=signed(house)).status_code == 201


def test_what_was_refused_can_still_be_used_once(house: House, web: Web) -> None:
    identity = signed(house)

    refused = web.client.post("/api/v1/conversations", json={"clinic": "other-one", "identity": identity})

    assert refused.status_code == 404
    assert web.start(identity=identity).status_code == 201


def test_a_clinic_may_open_conversations_for_known_patients_only(lone_house: House) -> None:
    with lone_house.db.write() as tx:
        clinics.change(tx, "demo", identity_required=True)
    web = lone_house.web()

    nobody = web.start()

    assert nobody.status_code == 401
    assert nobody.json()["type"] == "urn:between:problem:no_identity"
    assert nobody.json()["crisis_contacts"]
    assert web.start(identity=signed(lone_house)).status_code == 201


def test_a_token_is_refreshed_and_the_old_conversation_goes_on(patient: Patient) -> None:
    fresh = patient.web.client.post("/api/v1/token", headers=patient.headers)

    patient.token = fresh.json()["token"]
    assert fresh.status_code == 200
    assert patient.say("Good morning")["replies"]


@pytest.mark.parametrize(("days", "status"), [(29, 200), (31, 401)])
def test_a_device_resumes_as_long_as_its_clinic_allows(house: House, patient: Patient, days: int, status: int) -> None:
    now = house.db.clock() - timedelta(days=days)
    patient.token, _ = tokens.issue(house.db.keyring, clinic_id="demo", conversation_id=patient.conversation, now=now)

    assert patient.get("messages").status_code == 401
    assert patient.web.client.post("/api/v1/token", headers=patient.headers).status_code == status


def test_a_token_of_an_erased_conversation_is_not_refreshed(patient: Patient) -> None:
    patient.web.client.delete("/api/v1/me", headers=patient.headers)

    assert patient.web.client.post("/api/v1/token", headers=patient.headers).status_code == 404
