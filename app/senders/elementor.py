"""How do forms of Elementor Pro send what was filled in? As a form: labels alone, or each field with all about it.

Source: the plugin's own ``webhook`` action. It takes any status but 200 for a failure, and is not signed.
"""

from __future__ import annotations

import re
from typing import Any, Final

from app.senders.base import Item, Option, Read, Received, Sender, Settings
from app.senders.bodies import MediaType, form_of, object_of, tree_of
from app.senders.forms import Pairs, nested
from app.senders.options import text_option
from app.senders.proof import check_secret
from app.senders.trees import Naming, known_by_type

# Ids that the editor makes by itself, and that say nothing.
_MADE: Final = re.compile(r"field_[0-9a-f]{5,}|field_\d+|\d+", re.IGNORECASE)
_NO_ANSWERS: Final = frozenset({"recaptcha", "recaptcha_v3", "honeypot", "step", "html"})
_NO_META: Final = frozenset({"credit"})


def read(received: Received, settings: Settings) -> Read:
    """The fields: of the plain format by their labels, of the advanced one by their ids or titles."""
    pairs = _pairs(received)
    if not any(name.startswith(("fields[", "form[")) for name, _ in pairs):
        naming = Naming()
        for name, value in pairs:
            naming.add(name, value)
        tree = naming.fields
        if not isinstance(tree.get("fields"), dict):
            return Read((Item(None, tree),))
    else:
        tree = nested(pairs)
    return Read((Item(None, _advanced(tree, text_option(settings, "names", "auto"))),))


def _pairs(received: Received) -> Pairs:
    media = MediaType(received.headers.get("content-type", ""))
    if media.is_json or received.body.lstrip()[:1] == b"{":
        return list(object_of(received).items())
    if media.is_xml:
        return list(tree_of(received).items())
    return form_of(received)


def _advanced(tree: dict[str, Any], names: str) -> dict[str, Any]:
    naming = Naming()
    for own_id, field in _members(tree.get("fields")):
        if not isinstance(field, dict):
            naming.add(own_id, field)
            continue
        kind, value = field.get("type"), field.get("value")
        if kind in _NO_ANSWERS or value in (None, ""):
            continue
        naming.add(_name(field, own_id, names), value, known_by_type(kind) if names == "auto" else None)
    for name, value in _members(tree.get("meta")):
        if name not in _NO_META:
            naming.add_all({name: value.get("value") if isinstance(value, dict) else value})
    form = tree.get("form")
    if isinstance(form, dict):
        naming.add_all({f"form_{name}": value for name, value in form.items()})
    naming.add_all({name: value for name, value in tree.items() if name not in ("fields", "meta", "form")})
    return naming.fields


def _members(part: Any) -> list[tuple[str, Any]]:
    if isinstance(part, dict):
        return list(part.items())
    return [(str(number), each) for number, each in enumerate(part)] if isinstance(part, list) else []


def _name(field: dict[str, Any], key: str, names: str) -> str:
    own_id, title = field.get("id"), field.get("title")
    own_id = own_id if isinstance(own_id, str) and own_id else key
    title = title if isinstance(title, str) and title.strip() else None
    if names == "id" or title is None:
        return own_id
    return title if names == "title" or _MADE.fullmatch(own_id) else own_id


ELEMENTOR: Final = Sender(
    kind="elementor",
    title=("Elementor forms", "Elementor 表单"),
    verify=check_secret,
    read=read,
    bare=True,
    mapping={"fields": {}, "ignore": ["user_agent", "User Agent", "Powered by", "date", "time", "Date", "Time"]},
    options=(
        Option(
            "names",
            "string",
            (
                "what fields of the advanced format are called by; auto: ids that somebody chose, or else their titles",
                "高级格式里的字段用什么称呼；auto：改过的 id，没改过就用标题",
            ),
            choices=("auto", "id", "title"),
        ),
    ),
)
