"""Tokens: ours, that bind a browser to one conversation of one clinic, and a portal's, that say who the patient is.

Ours are JWTs (RFC 7519) signed with a key derived from the keyring; they stand in the Authorization header only. An
identity is signed by the clinic; which algorithms may sign it follows from the clinic's key, never from the token.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from bot.store.encryption import TOKENS, Keyring
from bot.store.rows import Clinic
from bot.web.problems import Refusal

AUDIENCE = "chat"
LIFE = timedelta(minutes=15)
IDENTITY_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)  # Clocks of two machines differ.
PATIENT_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a token of ours says. It may have expired if it was read so."""

    clinic_id: str
    conversation_id: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom a clinic's signed identity names, and until when."""

    patient: str
    expires_at: datetime


def issue(keyring: Keyring, *, clinic_id: str, conversation_id: str, now: datetime) -> tuple[str, datetime]:
    """A fresh token and the moment it expires."""
    expires_at = now.replace(microsecond=0) + LIFE
    claims = {"aud": AUDIENCE, "clinic": clinic_id, "sub": conversation_id, "iat": now, "exp": expires_at}
    return jwt.encode(claims, keyring.derive(TOKENS), algorithm="HS256"), expires_at


def read(keyring: Keyring, authorization: str | None, *, expired_too: bool = False) -> Token:
    """What the Authorization header holds. Raises Refusal if it is no token of ours, or has expired."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not value:
        raise Refusal("no_token")
    try:
        claims = jwt.decode(
            value.strip(),
            keyring.derive(TOKENS),
            algorithms=["HS256"],
            audience=AUDIENCE,
            options={"require": ["exp", "iat", "sub", "clinic"], "verify_exp": not expired_too},
        )
    except jwt.ExpiredSignatureError:
        raise Refusal("expired_token") from None
    except jwt.PyJWTError:
        raise Refusal("wrong_token") from None
    return Token(
        clinic_id=str(claims["clinic"]),
        conversation_id=str(claims["sub"]),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def identity_of(identity: str, clinic: Clinic, *, now: datetime) -> Identity:
    """What a clinic's signed identity says. Raises Refusal if it is not the clinic's, or lives too long.

    The clinic's secret signs with HS256; where it has entered a public key (PEM) instead, RS256 or ES256 does, and
    the token must name the clinic as its audience, since the same key may sign for other services too.
    """
    key = clinic.settings.identity_secret
    is_public = key.lstrip().startswith("-----BEGIN")
    if not key:
        raise Refusal("wrong_identity")
    try:
        claims = jwt.decode(
            identity,
            key,
            algorithms=["RS256", "ES256"] if is_public else ["HS256"],
            leeway=LEEWAY,
            options={"require": ["exp", "sub"] + ["aud"] * is_public, "verify_aud": False},
        )
    except (jwt.PyJWTError, ValueError):
        raise Refusal("wrong_identity") from None
    audience = claims.get("aud", clinic.id)
    patient = claims["sub"]
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    if clinic.id not in ([audience] if isinstance(audience, str) else audience):
        raise Refusal("wrong_identity")
    if expires_at - now > IDENTITY_LIFE + LEEWAY:
        raise Refusal("wrong_identity")
    if not isinstance(patient, str) or not 0 < len(patient.strip()) <= PATIENT_CHARACTERS:
        raise Refusal("wrong_identity")
    return Identity(patient=patient, expires_at=expires_at)
