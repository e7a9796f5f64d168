"""How does Jotform send what was filled in? As a form in parts, with the answers as JSON in one of them, unsigned.

Source: "How to set up a webhook with Jotform" at jotform.com/help, and what it sends.
"""

from __future__ import annotations

import re
from typing import Any, Final

from app.intake.body import read_object
from app.intake.errors import UnreadableBody
from app.intake.text import fold, words
from app.senders.base import Item, NotUnderstood, Read, Received, Sender, Settings
from app.senders.bodies import tree_of
from app.senders.proof import check_secret
from app.senders.trees import Known, Naming, full_name, key_of, text_of

_QUESTION: Final = re.compile(r"q\d+_(.+)", re.DOTALL)
# What the form's own script adds, and what is about the request.
_CONTROL: Final = frozenset(
    words(
        """
        slug jsexecutiontracker submitsource submitdate builddate uploadserverurl eventobserver event_id timetosubmit
        preview validatednewrequiredfieldids path temp_upload temp_upload_folder file_server target_env embeddedurl
        website simple_spc simple_fpc jufs g-recaptcha-response hcaptcha-response cf-turnstile-response rawrequest
        pretty action webhookurl username formid type customparams product formtitle customtitle submissionid event
        documentid teamid subject issilent custombody fromtable appid unread parent ip visitedpages lastfocus
        """
    )
)
_NAME_PARTS: Final = frozenset({"prefix", "first", "middle", "last", "suffix"})
_PHONE_PARTS: Final = frozenset({"country", "area", "phone", "full", "extension"})
_TABLE_PARTS: Final = frozenset({"colIds", "rowIds"})


def read(received: Received, _: Settings) -> Read:
    """The answers by the names of their questions: ``q3_name`` is ``name``."""
    form = tree_of(received)
    raw = form.get("rawRequest")
    answers = form
    if isinstance(raw, str) and raw.strip():
        try:
            answers = read_object(raw.encode("utf-8", "replace")).fields
        except UnreadableBody as error:
            raise NotUnderstood(f"rawRequest, {error.where}", error.message) from None
    key = key_of(form.get("submissionID", form.get("submission_id")))
    naming = Naming()
    for name, value in answers.items():
        found = _QUESTION.fullmatch(name)
        if found is None and fold(name) in _CONTROL:
            continue
        _add(naming, name if found is None else found[1], value)
    rest = {
        "submission_id": key,
        "form_id": form.get("formID"),
        "form_title": form.get("formTitle"),
        "ip": form.get("ip"),
    }
    naming.add_all({name: value for name, value in rest.items() if isinstance(value, str) and value})
    return Read((Item(key, naming.fields),))


def _add(naming: Naming, name: str, value: Any) -> None:
    if isinstance(value, dict) and "addr_line1" in value:
        address = _address(value)
        if "address" not in naming.fields:
            for part, text in address.items():
                naming.add(part, text)
        elif address:
            naming.add(name, address)
        return
    known, value = _plain(value)
    if value not in (None, "", [], {}):
        naming.add(name, value, known)


def _plain(value: Any) -> tuple[Known | None, Any]:
    """What Jotform takes apart as people write it, and what it is known to be."""
    if not isinstance(value, dict):
        return None, value
    texts = {name: text_of(part) or "" for name, part in value.items()}
    names = value.keys()
    if names <= _NAME_PARTS and {"first", "last"} & names:
        get = texts.get
        middle = (get("middle", ""),)
        name = full_name(get("first", ""), get("last", ""), *middle)
        return "name", " ".join(part for part in (get("prefix", ""), name, get("suffix", "")) if part)
    if names <= _PHONE_PARTS and {"phone", "full"} & names:
        return "phone", texts.get("full") or _phone(texts)
    if {"year", "month", "day"} <= names:
        return None, _date(texts)
    if {"implementation", "date"} <= names:
        return None, texts["date"]
    if "timeInput" in names:
        return None, f"{texts['timeInput']} {texts.get('ampm', '')}".strip()
    return None, {name: part for name, part in value.items() if name not in _TABLE_PARTS}


def _phone(texts: dict[str, str]) -> str:
    country = texts.get("country", "").lstrip("+")
    return " ".join(part for part in (country and f"+{country}", texts.get("area", ""), texts.get("phone", "")) if part)


def _date(texts: dict[str, str]) -> str:
    year, month, day = texts["year"], texts["month"], texts["day"]
    if not (year and month and day):
        return ""
    clock = f" {texts['hour']}:{texts.get('min') or '00'} {texts.get('ampm', '')}" if texts.get("hour") else ""
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}{clock}".strip()


def _address(value: dict[str, Any]) -> dict[str, str]:
    texts = {name: text_of(part) or "" for name, part in value.items()}
    lines = [texts["addr_line1"], texts.get("addr_line2", "")]
    found = {
        "address": ", ".join(part for part in lines if part),
        "city": texts.get("city", ""),
        "region": texts.get("state", ""),
        "postal_code": texts.get("postal", ""),
        "country": texts.get("country", ""),
    }
    return {name: text for name, text in found.items() if text}


JOTFORM: Final = Sender(
    kind="jotform",
    title=("Jotform", "Jotform"),
    verify=check_secret,
    read=read,
    bare=True,
    mapping={"fields": {"external_id": "submission_id"}},
)
