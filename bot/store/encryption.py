"""Encryption at rest: AES-256-GCM per value (NIST SP 800-38D), with a key id in front of every sealed value.

Each value is bound to where it stands (associated data: table, row id, column, clinic), so that a sealed value copied
to another row, column or clinic does not open. The keyring is a JSON file of mode 0600, ``{"root": base64, "active":
id, "keys": {id: base64}}``. ``keys`` seal; ``root`` never seals anything: the keys for tokens, the audit chain and
keyed hashes are derived from it (HKDF, RFC 5869), and so stay the same when the sealing key is rotated.

The rule for Rasa's tracker, which seals with the same keyring: table ``events``, row = ``sender_id``, clinic ``-``,
column = the column's name (``data``, ``intent_name``, ``action_name``). ``bot.store.rotation`` re-seals by this rule.

This module runs on Python 3.10 too and needs only `cryptography`: the Rasa runtime imports it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import KeyMismatch

VERSION = "1"
KEY_BYTES = 32
NONCE_BYTES = 12

TOKENS = "token signing"
AUDIT = "audit chain"
HASHES = "keyed hashes"


@dataclass(frozen=True)
class _Keys:
    root: bytes
    active: str
    ciphers: dict[str, AESGCM]
    raw: dict[str, bytes]
    stamp: tuple[int, int, int] | None


class Keyring:
    """The keys of one installation. A rotation in another process is noticed: the file is read again when it
    changes.
    """

    def __init__(self, *, root: bytes, keys: Mapping[str, bytes], active: str, path: Path | None = None) -> None:
        if active not in keys or any(len(key) != KEY_BYTES for key in (root, *keys.values())):
            raise KeyMismatch(f"{path or 'keyring'}: the active key must be among the keys, each of {KEY_BYTES} bytes")
        self.path = path
        self._derived: dict[str, bytes] = {}
        self._keys = _Keys(root, active, {name: AESGCM(key) for name, key in keys.items()}, dict(keys), _stamp(path))

    @classmethod
    def create(cls, path: str | Path) -> "Keyring":
        """Make a new keyring file. Raises KeyMismatch if one is there already: keys are never overwritten."""
        fresh = cls.ephemeral()
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = _write_draft(target, fresh._as_json())
        try:
            os.link(draft, target)
        except FileExistsError as error:
            raise KeyMismatch(f"{target}: a keyring is there already; it is never overwritten") from error
        finally:
            draft.unlink()
        return cls.load(target)

    @classmethod
    def load(cls, path: str | Path) -> "Keyring":
        """Read a keyring file. Raises KeyMismatch if it is missing or not a keyring."""
        source = Path(path)
        try:
            found = json.loads(source.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise KeyMismatch(f"{source}: the file with the encryption keys is missing") from error
        except (OSError, ValueError) as error:
            raise KeyMismatch(f"{source}: cannot be read as a keyring ({type(error).__name__})") from error
        try:
            keys = {str(name): base64.b64decode(key, validate=True) for name, key in found["keys"].items()}
            return cls(
                root=base64.b64decode(found["root"], validate=True), keys=keys, active=found["active"], path=source
            )
        except (KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise KeyMismatch(f'{source}: a keyring is {{"root", "active", "keys": {{id: base64}}}}') from error

    @classmethod
    def ephemeral(cls) -> "Keyring":
        """A keyring that is in memory only."""
        name = secrets.token_hex(4)
        return cls(root=secrets.token_bytes(KEY_BYTES), keys={name: secrets.token_bytes(KEY_BYTES)}, active=name)

    @property
    def active(self) -> str:
        """The id of the key that seals."""
        self._refresh()
        return self._keys.active

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys.raw)

    def seal(self, text: str, *, table: str, row: str, column: str, clinic: str) -> str:
        """Give ``version.key.base64``, safe in any text column. Any string can be sealed, lone surrogates too."""
        self._refresh()
        keys = self._keys
        nonce = os.urandom(NONCE_BYTES)
        sealed = keys.ciphers[keys.active].encrypt(nonce, _bytes(text), _place(table, row, column, clinic))
        return f"{VERSION}.{keys.active}.{base64.b64encode(nonce + sealed).decode('ascii')}"

    def open(self, sealed: str, *, table: str, row: str, column: str, clinic: str) -> str:
        """Give the text back. Raises KeyMismatch if the key is unknown, or the value was changed or moved."""
        place = f"{table}.{column} of {row}"
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        if version != VERSION or not body:
            raise KeyMismatch(f"{place}: is not a sealed value of version {VERSION}")
        if key_id not in self._keys.ciphers:
            self._refresh()
        if key_id not in self._keys.ciphers:
            raise KeyMismatch(f"{place}: sealed with key {key_id}, which is not in the keyring")
        try:
            data = base64.b64decode(body, validate=True)
            plain = self._keys.ciphers[key_id].decrypt(
                data[:NONCE_BYTES], data[NONCE_BYTES:], _place(table, row, column, clinic)
            )
        except (InvalidTag, ValueError) as error:
            raise KeyMismatch(
                f"{place}: does not open with key {key_id}: another key, or a changed or moved value"
            ) from error
        return plain.decode("utf-8", "surrogatepass")

    def derive(self, purpose: str) -> bytes:
        """Give the 32-byte key for a purpose (TOKENS, AUDIT, HASHES, …); the same before and after a rotation."""
        if purpose not in self._derived:
            kdf = HKDF(
                algorithm=hashes.SHA256(), length=KEY_BYTES, salt=b"between sessions", info=purpose.encode("utf-8")
            )
            self._derived[purpose] = kdf.derive(self._keys.root)
        return self._derived[purpose]

    def keyed_hash(self, purpose: str, *parts: str) -> str:
        """Give a hash (hex) that only this keyring can compute; ``purpose`` and parts cannot run into each other."""
        joined = b"".join(len(part).to_bytes(4, "big") + part for part in map(_bytes, (purpose, *parts)))
        return hmac.new(self.derive(HASHES), joined, hashlib.sha256).hexdigest()

    def add_key(self) -> str:
        """Add a new key to the file and make it the active one; the others stay, for opening. Gives its id."""
        name = secrets.token_hex(4)
        self._replace({**self._keys.raw, name: secrets.token_bytes(KEY_BYTES)}, name)
        return name

    def drop_others(self) -> None:
        """Leave only the active key in the file. Call it only when nothing is sealed with another."""
        active = self._keys.active
        self._replace({active: self._keys.raw[active]}, active)

    def _replace(self, raw: dict[str, bytes], active: str) -> None:
        self._keys = _Keys(self._keys.root, active, {name: AESGCM(key) for name, key in raw.items()}, raw, None)
        if self.path is not None:
            os.replace(_write_draft(self.path, self._as_json()), self.path)

    def _refresh(self) -> None:
        """Read the file again if it changed. One that is gone or unusable changes nothing: we go on as we are."""
        stamp = _stamp(self.path)
        if stamp is None or stamp == self._keys.stamp:
            return
        try:
            newer = Keyring.load(self.path or "")._keys
        except KeyMismatch:
            newer = self._keys
        self._keys = replace(newer if newer.root == self._keys.root else self._keys, stamp=stamp)

    def _as_json(self) -> str:
        keys = {name: base64.b64encode(key).decode("ascii") for name, key in self._keys.raw.items()}
        root = base64.b64encode(self._keys.root).decode("ascii")
        return json.dumps({"root": root, "active": self._keys.active, "keys": keys}, indent=1) + "\n"


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    """What tells one version of the file from the next; None when there is no file to look at."""
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def _write_draft(target: Path, text: str) -> Path:
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _place(table: str, row: str, column: str, clinic: str) -> bytes:
    return "\0".join((table, row, column, clinic)).encode("utf-8")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
