"""How does a form get into somebody's page? As a piece of HTML to paste; its script sends it without leaving."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from app.doors.source import Source
from app.engine.explain import Language

_LABELS: Final[dict[str, dict[Language, str]]] = {
    "name": {"en": "Name", "zh": "姓名"},
    "email": {"en": "Email", "zh": "邮箱"},
    "phone": {"en": "Phone", "zh": "电话"},
    "company": {"en": "Company", "zh": "公司"},
    "title": {"en": "Job title", "zh": "职位"},
    "country": {"en": "Country", "zh": "国家/地区"},
    "city": {"en": "City", "zh": "城市"},
    "need": {"en": "How can we help?", "zh": "您的需求"},
    "budget": {"en": "Budget", "zh": "预算"},
}
_TYPES: Final = {"email": "email", "phone": "tel"}
_FILLED_BY: Final = {
    "name": "name", "email": "email", "phone": "tel", "company": "organization", "title": "organization-title",
    "country": "country-name", "city": "address-level2",
}  # fmt: skip
_SEND: Final[dict[Language, str]] = {"en": "Send", "zh": "提交"}
_LEAVE: Final[dict[Language, str]] = {"en": "Leave this field empty", "zh": "此项请勿填写"}
_STYLE: Final = """<style>
:where(form[data-lead-router]) { display: grid; gap: 1rem; max-width: 30rem }
:where(form[data-lead-router] p) { margin: 0 }
:where(form[data-lead-router]) :where(input, textarea, button) { font: inherit; color: inherit; box-sizing: border-box;
  padding: .625rem .75rem; border: 1px solid #7d8899; border-radius: .5rem; background: transparent }
:where(form[data-lead-router]) :where(input:not([type=checkbox], [type=radio]), textarea) { width: 100%;
  margin-top: .375rem }
:where(form[data-lead-router] textarea) { resize: vertical; display: block }
:where(form[data-lead-router] button) { padding: .625rem 1.75rem; border-color: transparent; cursor: pointer;
  background: #1d4ed8; color: #fff }
:where(form[data-lead-router]) :where(input, textarea, button):where(:focus-visible) { outline: 2px solid #1d4ed8;
  outline-offset: 2px }
:where(form[data-lead-router][aria-busy=true] button) { opacity: .6 }
:where([data-lead-router-status]) { min-height: 1.5em }
:where([data-lead-router-status=received]) { color: color-mix(in srgb, currentcolor 40%, #16a34a) }
:where([data-lead-router-status=failed], [data-lead-router-status=refused]) {
  color: color-mix(in srgb, currentcolor 40%, #dc2626) }
</style>"""
"""How it looks where nobody says otherwise: any rule of the page's own wins, since these weigh nothing."""

_HIDDEN: Final = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"


def snippet_of(source: Source, base: str, language: Language) -> str:
    """A form of the source's fields with its script. Without scripts it works too, and the browser shows a page."""
    form = source.form
    language = form.language or language
    address = escape(f"{base}/v1/forms/{source.id}")
    needed = _needed(form.fields, language)
    lines = [
        _STYLE,
        f'<form action="{address}" method="post" data-lead-router lang="{"zh-CN" if language == "zh" else "en"}">',
        *(_field(name, language, needed=name in needed) for name in form.fields),
    ]
    if form.honeypot is not None:
        lines.append(
            f'  <div style="{_HIDDEN}" aria-hidden="true"><label>{escape(_LEAVE[language])} '
            f'<input name="{escape(form.honeypot)}" tabindex="-1" autocomplete="off"></label></div>'
        )
    lines += [
        f'  <p><button type="submit">{escape(_SEND[language])}</button></p>',
        '  <p role="status" data-lead-router-status></p>',
        "</form>",
        f'<script src="{address}/script.js" defer></script>',
    ]
    return "\n".join(lines) + "\n"


def _needed(fields: Sequence[str], language: Language) -> set[str]:
    """Which fields must be filled in: the name, and one way to reach whoever sends it, as is usual where they read."""
    ways = ("phone", "email") if language == "zh" else ("email", "phone")
    return {"name", next((way for way in ways if way in fields), "name")}


def _field(name: str, language: Language, *, needed: bool) -> str:
    label = escape(_LABELS[name][language])
    wanted = " required" if needed else ""
    mark = ' <span aria-hidden="true">*</span>' if needed else ""
    if name == "need":
        return f'  <p><label>{label}{mark}<br><textarea name="need" rows="4"{wanted}></textarea></label></p>'
    kind = _TYPES.get(name, "text")
    filled = f' autocomplete="{_FILLED_BY[name]}"' if name in _FILLED_BY else ""
    return f'  <p><label>{label}{mark}<br><input type="{kind}" name="{name}"{filled}{wanted}></label></p>'
