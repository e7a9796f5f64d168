"""What is a person told of an event? What they need to act on it: who, how to reach them, what they want, why, by when.

A message is made once, in plain parts; each channel puts them into its own form. The parts hold what leads wrote, so
the form has to make sure that it stays text.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.channels import words
from app.channels.base import Event
from app.channels.texts import masked_email, masked_name, masked_phone, plain
from app.engine.explain import Language, beside, between
from app.engine.fields import OWN

LINK_NAMES: Final = frozenset({"lead_id", "external_id", "seq"})

# ``external_id`` stays: by it receivers find their own record. It is of the person only if the sender makes it so.
_PERSONAL: Final = (OWN | {"attributes"}) - {"external_id"}

_SHORT, _MIDDLE, _LONG = 80, 200, 600
_IN_SHORT: Final = ("contact", "reach", "worth", "due")


@dataclass(frozen=True, slots=True)
class Message:
    """The parts, already in the language: ``rows`` by their keys in ``words.LABEL``, ``mention`` who is called."""

    title: str
    rows: tuple[tuple[str, str], ...]
    link: str | None
    language: Language
    mention: str | None = None

    def lines(self) -> list[str]:
        """The rows, each with what it is."""
        return [words.row(key, text, self.language) for key, text in self.rows]

    def short(self) -> str:
        """All of it on one line, for one among several. Nothing else in it says what a time is for."""
        parts = (
            words.BY[self.language].format(time=text) if key == "due" else text
            for key, text in self.rows
            if key in _IN_SHORT
        )
        return " · ".join((self.title, *parts))


def message(
    event: Event, language: Language, *, personal: bool = True, link: str | None = None, mention: str | None = None
) -> Message:
    """The message of one event.

    ``link`` is a template (:func:`checked_link`), ``mention`` where to find who is called (``attributes.wecom_id``).
    """
    rep = _object(event.data, "rep")
    match event.type:
        case "policy.activated":
            rows = _policy_rows(_object(event.data, "policy"))
        case "rep.changed":
            rows = []
        case _:
            rows = _lead_rows(event, language, personal=personal)
    return Message(
        title=_title(event, language),
        rows=tuple((key, text) for key, text in rows if text),
        link=linked(link, event),
        language=language,
        mention=value_at(rep, mention),
    )


def digest_title(events: Sequence[Event], language: Language) -> str:
    """What stands above several events in one message."""
    return words.MANY[language].format(count=len(events))


def referred(event: Event, language: Language, *, personal: bool) -> Message:
    """What whoever referred a lead is told: who has it now, and nothing that they did not tell themselves."""
    lead, rep = _object(event.data, "lead"), _name(_object(event.data, "rep"), language)
    name = plain(lead["name"], _SHORT) if personal and lead.get("name") else None
    company = plain(lead["company"], _SHORT) if lead.get("company") else None
    who = name or company
    contact = words.SOMEBODY[language] if who is None else beside(who) if language == "zh" else who
    within = _within(rep, language)
    return Message(
        title=words.REFERRED_TITLE[language].format(rep=within),
        rows=(("thanks", words.REFERRED[language].format(contact=contact, rep=within)),),
        link=None,
        language=language,
    )


def without_personal(event: Event) -> dict[str, Any]:
    """An event's data without what may be the person's own, for programs that are not to have it.

    The id that the lead's source gave it stays, to find it by. People are told the rest masked: :func:`message`.
    """
    data = dict(event.data)
    lead = data.get("lead")
    if isinstance(lead, Mapping):
        data["lead"] = {name: value for name, value in lead.items() if name not in _PERSONAL}
    return data


def checked_link(template: str) -> str:
    """A template of a lead's address: ``https://crm.example.com/leads/{external_id}``. Raises ValueError."""
    known = ", ".join(f"{{{name}}}" for name in sorted(LINK_NAMES))
    if not template.startswith(("https://", "http://")):
        raise ValueError("A link must begin with https:// or http://")
    if any(char.isspace() or char in '<>"|' for char in template):
        raise ValueError("A link must hold no spaces, quotation marks, bars or angle brackets")
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        raise ValueError(f"A link can hold {known}, and no other braces") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in LINK_NAMES or form or conversion):
            raise ValueError(f"{{{name}}} is not known: a link can hold {known}")
    return template


def linked(template: str | None, event: Event) -> str | None:
    """The address of the event's lead; None if a part of it is not known."""
    if template is None:
        return None
    known = {"lead_id": event.lead_id, "external_id": _object(event.data, "lead").get("external_id"), "seq": event.seq}
    needed = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    if any(known[name] in (None, "") for name in needed):
        return None
    return template.format(**{name: quote(str(known[name]), safe="") for name in needed})


def value_at(thing: Mapping[str, Any], path: str | None) -> str | None:
    """A value of a rep or a lead: ``email``, ``attributes.wecom_id``. None if there is none."""
    found: Any = thing
    for name in (path or "").split(".", 1):
        found = found.get(name) if isinstance(found, Mapping) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) and str(found) else None


def _title(event: Event, language: Language) -> str:
    title = words.TITLE.get(event.type)
    if title is None:
        return words.OTHER_TITLE[language].format(type=plain(event.type, _SHORT))
    version = _object(event.data, "policy").get("version", "")
    rep = _name(_object(event.data, "rep"), language)
    said = title[language].format(rep=_within(rep, language), version=version).strip()
    # In a chat where people work, what is made up must not be taken for a lead.
    return f"{words.MADE_UP[language]}{said}" if event.is_test and event.type != "test" else said


def _within(name: str, language: Language) -> str:
    """A name in the midst of a text: Latin letters stand apart from Chinese ones."""
    return between(name) if language == "zh" else name


def _name(rep: Mapping[str, Any], language: Language) -> str:
    return plain(rep.get("name") or rep.get("id") or words.NOBODY[language], _SHORT)


def _policy_rows(policy: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("policy", plain(policy.get("name") or "", _MIDDLE))]


def _lead_rows(event: Event, language: Language, *, personal: bool) -> list[tuple[str, str]]:
    lead, decision = _object(event.data, "lead"), _object(event.data, "decision")
    rep, previous = _object(event.data, "rep"), _object(event.data, "previous_rep")
    name, phone, email = (plain(lead.get(key) or "", _SHORT) for key in ("name", "phone", "email"))
    if not personal:
        name, phone, email = name and masked_name(name), phone and masked_phone(phone), email and masked_email(email)
    need = plain(lead.get("need") or "", _LONG) if personal else ""
    title = plain(lead.get("title") or "", _SHORT) if personal else ""
    budget = _money(lead.get("budget"), lead.get("currency"))
    tier, score = decision.get("tier"), decision.get("score")
    return [
        ("contact", _joined(name, title, plain(lead.get("company") or "", _SHORT))),
        ("reach", _joined(phone, email)),
        ("wants", _joined(
            plain(lead.get("product") or "", _SHORT), need, budget and words.BUDGET[language].format(budget=budget),
        )),
        ("worth", _joined(
            words.TIER[language].format(tier=plain(tier, _SHORT)) if tier else "",
            words.SCORE[language].format(score=_number(score)) if score is not None else "",
        )),
        ("place", _joined(*(plain(lead.get(key) or "", _SHORT) for key in ("city", "region", "country")))),
        ("source", _joined(plain(lead.get("source") or "", _SHORT), plain(lead.get("campaign") or "", _SHORT))),
        ("previous", _name(previous, language) if previous else ""),
        ("due", _due(decision.get("first_contact_due"), rep, language)),
        ("why", plain(event.explanations.get(language) or decision.get("explanation") or "", _LONG)),
    ]  # fmt: skip


def _due(value: object, rep: Mapping[str, Any], language: Language) -> str:
    if value is None:
        return ""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    try:
        zone = ZoneInfo(str(rep.get("timezone") or "UTC")).key
    except (ZoneInfoNotFoundError, ValueError):
        zone = "UTC"
    return words.moment(at, zone, language)


def _money(amount: object, currency: object) -> str:
    """What somebody is ready to spend: a number in the lead's currency, or a text that names its own."""
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        return plain(f"{currency or ''} {_number(amount)}", _SHORT)
    return plain(amount or "", _SHORT)


def _number(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int | float) else plain(value, _SHORT)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, Mapping) else {}
