"""How the patients' pages are rendered: everything escaped, a hole in the data is an error and not a blank."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.pages.assets import asset, modules

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "pages"


def render(template: str, values: Mapping[str, Any]) -> str:
    """The page as HTML."""
    return _environment.get_template(template).render(values)


def fill(text: str, **values: str) -> str:
    """A wording with its {braces} filled in."""
    return text.format(**values)


_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["fill"] = fill
_environment.globals |= {"asset": asset, "modules": modules}
