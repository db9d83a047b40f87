"""Static files, under an address that changes with their content: a browser may keep them for ever, and none is stale.

``/static/<version>/css/chat.css`` and ``/static/css/chat.css`` are the same file; the first may be kept for a year. As
the version stands in the path, modules that import each other by relative addresses stay in one version.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).resolve().parent.parent / "static"
KEEP = "public, max-age=31536000, immutable"
VERSION_LETTERS = 12


class Assets(StaticFiles):
    """The files of ``bot/web/static``, with or without a version before the path."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; one asked for by today's version may be kept."""
        first, _, rest = path.partition("/")
        if not first.startswith("v-"):
            return await super().get_response(path, scope)
        response = await super().get_response(rest, scope)
        if first == f"v-{version()}":
            response.headers["Cache-Control"] = KEEP
        return response


def asset(path: str) -> str:
    """The address of a static file, for templates: ``asset("css/chat.css")``."""
    return f"/static/v-{version()}/{path}"


def modules(folder: str) -> list[str]:
    """The addresses of a folder's scripts, so that a page can ask for all of them at once instead of one by one."""
    return [asset(str(path.relative_to(FOLDER))) for path in sorted((FOLDER / folder).glob("*.js"))]


def version() -> str:
    """What the files say now, in short. Replicas with the same files agree on it."""
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    return _digest(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _digest(files: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _ in files:
        digest.update(str(path.relative_to(FOLDER)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:VERSION_LETTERS]
