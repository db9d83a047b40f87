"""Every error that crosses a border between our packages, as one readable tree.

Foreign exceptions become one of these in the file that calls the foreign thing. A message says what was wrong,
what is allowed and where. No message carries a patient's words.
"""


class BetweenSessionsError(Exception):
    """Anything this project raises on purpose."""


class SettingError(BetweenSessionsError):
    """A setting in the environment cannot be used."""


class ContentError(BetweenSessionsError):
    """A content file is wrong; the message begins with ``file:line:``."""


class StoreError(BetweenSessionsError):
    """The database cannot do what was asked."""


class StoreUnavailable(StoreError):
    """The database is away, locked for too long or out of space: the request can be tried again."""


class NotMigrated(StoreError):
    """The database's schema is not the one this version needs."""


class KeyMismatch(StoreError):
    """The key is missing, or is not the one that this database was written with."""


class NotFound(StoreError):
    """There is no such row, or it belongs to somebody else: the two are not told apart."""


class Conflict(StoreError):
    """The row is not in the state that the caller believed; ``current`` says what it is now."""

    def __init__(self, message: str, *, current: object = None) -> None:
        super().__init__(message)
        self.current = current


class DialogueUnavailable(BetweenSessionsError):
    """Rasa did not give a usable answer: refused, timed out, failed, or said nothing."""


class NotAllowed(BetweenSessionsError):
    """The person is known, and may not do this."""


class TrainingFailed(BetweenSessionsError):
    """Rasa could not train the dialogue."""


class StartFailed(BetweenSessionsError):
    """The processes could not be started, or did not answer in time."""


class Incomplete(StoreError):
    """What was asked lacks something that it needs, or names something unknown; the message says what is allowed."""
