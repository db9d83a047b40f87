"""What `between doctor` and its parts say about one thing that was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``state``: ok, warning or bad."""

    name: str
    state: str
    said: str
