"""The bot's reviewed responses: read from ``bot/content/<language>/*.yml`` in Rasa's own format, and checked.

Every mistake is refused when the files are read, with file and line; nothing here needs Rasa.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.content.reading import CONTENT, Entry, read
from bot.engine.filling import PLACEHOLDER, Rule, fill, placeholders_in, read_rules
from bot.errors import ContentError

FALLBACK_LANGUAGE = "en"
PLACEHOLDERS_FILE = "_placeholders.yml"
VARIANT_KEYS = ("text", "buttons", "custom", "metadata")
BUTTON_KEYS = ("title", "payload")
CUSTOM_KEYS = ("scale", "date", "multiple", "state")
SCALE_KEYS = ("min", "max", "low", "high")
STYLES = ("standard", "plain", "short")  # Short ones fit both: a question that comes again.
FAVOURITE = "favourite"  # A value that names the button to stand first.


@dataclass(frozen=True)
class Variant:
    text: str
    entry: Entry
    style: str = "standard"
    buttons: tuple[Mapping[str, str], ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Language:
    """All responses of one language."""

    responses: Mapping[str, tuple[Variant, ...]]
    rules: Mapping[str, Rule]


class Responses:
    """The responses of every language of a content folder. Raises ContentError when a file is wrong."""

    def __init__(self, folder: Path = CONTENT) -> None:
        self.folder = folder
        self.languages = {
            path.name: _language(path) for path in sorted(folder.iterdir()) if path.is_dir() and _files(path)
        }
        if FALLBACK_LANGUAGE not in self.languages:
            raise ContentError(f"{folder}:1: there are no responses in {FALLBACK_LANGUAGE!r}")

    def say(
        self, name: str, values: Mapping[str, Any], *, language: str, last: int | None = None, plain: bool = False
    ) -> dict[str, Any]:
        """One message of a response: ``{"text", "buttons"?, "custom"?, "variant"}``, another variant than the last one.

        Falls back to English. Raises ContentError if there is no such response, or none of its sentences can be filled.
        """
        known = next(
            (found for found in (self.languages.get(language), self.languages[FALLBACK_LANGUAGE]) if _has(found, name)),
            None,
        )
        if known is None:
            raise ContentError(f"{self.folder / FALLBACK_LANGUAGE}:1: there is no response {name!r}")
        variants = known.responses[name]
        number = _pick(variants, last, plain)
        variant = variants[number]
        text = fill(variant.text, values, known.rules)
        if not text:
            variant.entry.fail(f"no sentence of {name!r} can be filled", "text")
        message = {"text": text, "variant": number}
        offered = sorted(variant.buttons, key=lambda button: button["payload"] != values.get(FAVOURITE))
        buttons = [{**button, "title": fill(button["title"], values, known.rules)} for button in offered]
        if any(button["title"] for button in buttons):
            message["buttons"] = [button for button in buttons if button["title"]]
        if variant.custom:
            message["custom"] = _filled(variant.custom, values, known.rules)
        return message


def _has(language: Language | None, name: str) -> bool:
    return language is not None and name in language.responses


def _pick(variants: tuple[Variant, ...], last: int | None, plain: bool) -> int:
    """The next variant after the last one said, among those of the wanted style (or all, if there is none)."""
    wanted = ("plain", "short") if plain else ("standard", "short")
    fitting = [number for number, variant in enumerate(variants) if variant.style in wanted]
    if not any(variants[number].style == wanted[0] for number in fitting):
        fitting = list(range(len(variants)))
    later = [number for number in fitting if last is not None and number > last]
    return (later or fitting)[0]


def _filled(value: Any, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> Any:
    if isinstance(value, str):
        return fill(value, values, rules)
    return {key: _filled(item, values, rules) for key, item in value.items()} if isinstance(value, Mapping) else value


def _files(folder: Path) -> list[tuple[Path, Entry]]:
    """The files of a language that hold responses; the wording of pages is not ours."""
    return [(path, entry) for path in sorted(folder.glob("*.yml")) for entry in [read(path)] if "responses" in entry]


def _language(folder: Path) -> Language:
    table = folder / PLACEHOLDERS_FILE
    rules = read_rules(read(table).need("placeholders", Entry)) if table.exists() else {}
    responses: dict[str, tuple[Variant, ...]] = {}
    first: dict[str, Entry] = {}
    for _path, entry in _files(folder):
        entry.only(("version", "responses"))
        section = entry.need("responses", Entry)
        for name in section:
            if name in first:
                section.fail(f"{name!r} stands in {first[name].path}:{first[name].lines[name]} already", name)
            first[name], responses[name] = section, _variants(section, name, rules)
    return Language(responses, rules)


def _variants(section: Entry, name: str, rules: Mapping[str, Rule]) -> tuple[Variant, ...]:
    if not name.startswith("utter_"):
        section.fail(f"{name!r} must begin with 'utter_'", name)
    found = section.need(name, list)
    if not found or not all(isinstance(variant, Entry) for variant in found):
        section.fail(f"{name!r} must be a list of variants, each with a text", name)
    return tuple(_variant(variant, rules) for variant in found)


def _variant(entry: Entry, rules: Mapping[str, Rule]) -> Variant:
    entry.only(VARIANT_KEYS)
    text = entry.need("text", str)
    buttons = tuple(_button(entry, button, rules) for button in entry.have("buttons", list, []))
    payloads = [button["payload"] for button in buttons]
    if len(set(payloads)) < len(payloads):
        entry.fail("two buttons have the same payload", "buttons")
    _check_text(entry, "text", text, rules)
    style = entry.have("metadata", Entry, {})
    if style:
        style.only(("style",))
        style.one_of("style", STYLES)
    return Variant(text, entry, style.get("style", "standard"), buttons, _custom(entry, rules))


def _button(entry: Entry, button: Any, rules: Mapping[str, Rule]) -> dict[str, str]:
    if not isinstance(button, Entry):
        entry.fail("a button must have a title and a payload", "buttons")
    button.only(BUTTON_KEYS)
    _check_text(button, "title", button.need("title", str), rules)
    if button.need("payload", str).startswith("/"):
        button.fail("a payload is the id of a choice, not a command", "payload")
    return dict(button)


def _custom(entry: Entry, rules: Mapping[str, Rule]) -> Mapping[str, Any]:
    custom: Entry | None = entry.have("custom", Entry)
    if custom is None:
        return {}
    custom.only(CUSTOM_KEYS)
    custom.have("date", bool)
    custom.have("multiple", bool)
    custom.have("state", str)
    scale = custom.have("scale", Entry)
    if scale is not None:
        scale.only(SCALE_KEYS)
        if scale.need("min", int) >= scale.need("max", int):
            scale.fail("min must be less than max", "min")
        for end in ("low", "high"):
            _check_text(scale, end, scale.have(end, str, "-"), rules)
    return custom


def _check_text(entry: Entry, key: str, text: str, rules: Mapping[str, Rule]) -> None:
    if not text.strip():
        entry.fail(f"{key!r} is empty", key)
    unknown = placeholders_in(text) - set(rules)
    if unknown:
        entry.fail(f"unknown placeholder {{{min(unknown)}}}; those that exist stand in {PLACEHOLDERS_FILE}", key)
    if any(brace in PLACEHOLDER.sub("", text) for brace in "{}"):
        entry.fail(f"a brace in {key!r} belongs to no placeholder", key)
