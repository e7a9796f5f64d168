"""What does a browser send, and is it a person's doing?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.intake.models import Rate
from app.senders.base import Item, NotGenuine, NotUnderstood, Read, Received, Sender, Settings
from app.senders.bodies import tree_of

FORM: Final = "form"
"""The kind of source that is a web form: it is sent by browsers, and has no secret."""

ELAPSED: Final = "_elapsed_ms"
"""The field in which the script says how long the page was open before it was sent, in milliseconds."""
SUBMISSION: Final = "_submission"
"""The field by which the script says that two posts are one submission: the same for as long as nothing is changed."""
REDIRECT: Final = "_redirect"
"""The field in which a page may ask where the browser goes afterwards."""

OWN: Final = frozenset({ELAPSED, SUBMISSION, REDIRECT})
"""The fields that are the form's own, and no lead's."""


_PORTS: Final = {"http": 80, "https": 443}
_UP: Final = re.compile(r"(\.|%2e){2}", re.IGNORECASE)
"""The way up in an address, in all the ways that browsers take for it."""

_FieldName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _origin(text: str) -> str:
    """An origin as browsers send it (RFC 6454): scheme, host, and a port that is not the scheme's own."""
    if text in ("*", "null"):
        return text
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("write an origin as https://www.example.com, without a path; * for any")
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    name = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
    return f"{parts.scheme}://{name if name.isascii() else _in_ascii(name)}{port}"


def _quoted(given: object) -> object:
    """A file on disk has the origin “null”, a text that YAML and JSON take for none if it is not quoted."""
    if given is None:
        raise ValueError('an origin is a text; a file on disk is written "null", in quotes')
    return given


def _in_ascii(name: str) -> str:
    """A name with other letters as browsers send it (IDNA). Raises ValueError if it is none."""
    return name.encode("idna").decode("ascii")


def _page(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a page as https://www.example.com/thanks")
    return text


Origin = Annotated[
    str, StringConstraints(max_length=300, strip_whitespace=True), AfterValidator(_origin), BeforeValidator(_quoted)
]
Page = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True), AfterValidator(_page)]


FormField: TypeAlias = Literal["name", "email", "phone", "company", "title", "country", "city", "need", "budget"]
"""What the ready snippet can ask for."""


class FormSettings(BaseModel):
    """What is set for a web form.

    ``origins``: the sites it may stand on. ``honeypot``: a field that people do not see, and programs fill in.
    ``min_seconds``: who is quicker is no person. ``redirect``: where a browser goes afterwards; ``redirects``: where a
    page may ask to have it go, each with all below it. ``rate_per_address``: submissions a minute from one address.
    ``fields``: those of the ready snippet.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    origins: Annotated[list[Origin], Field(max_length=100)] = []
    honeypot: _FieldName | None = "website_url"
    min_seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 2
    redirect: Page | None = None
    redirects: Annotated[list[Page], Field(max_length=100)] = []
    rate_per_address: Rate | None = 20
    fields: Annotated[list[FormField], Field(min_length=1, max_length=20)] = [
        "name", "email", "phone", "company", "need",
    ]  # fmt: skip
    language: Literal["en", "zh"] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a browser sent: the fields of the form, and those that are the form's own."""

    fields: Mapping[str, Any]
    own: Mapping[str, str]


def read_submission(received: Received) -> Submission:
    """The fields of a form, as JSON, urlencoded or multipart.

    Raises:
        NotUnderstood: it is none of these.
    """
    tree = tree_of(received)
    own = {name: str(tree[name])[:2000] for name in OWN & tree.keys() if isinstance(tree[name], str | int | float)}
    return Submission({name: value for name, value in tree.items() if name not in OWN}, own)


class Rejected(NotGenuine):
    """A form that no person sent, or not from a page that may hold it. ``reason``: the code of a rejected delivery."""

    def __init__(self, reason: Literal["origin", "honeypot", "too_quick"], message: str) -> None:
        super().__init__(message)
        self.reason = reason


def check_form(submission: Submission, origin: str | None, settings: FormSettings) -> None:
    """Raises :exc:`Rejected` unless a person sent it from a page that is allowed. ``origin``: what a browser named."""
    if origin is not None and not allowed_origin(origin, settings):
        raise Rejected("origin", f"it was sent from {origin[:300]}, which is none of the source's form.origins")
    honeypot = settings.honeypot
    if honeypot is not None and submission.fields.get(honeypot) not in (None, "", [], {}):
        raise Rejected("honeypot", f"the field {honeypot}, which people do not see, is filled in")
    elapsed = submission.own.get(ELAPSED)
    if elapsed is not None and not _long_enough(elapsed, settings):
        raise Rejected("too_quick", f"it was sent within {settings.min_seconds:g} seconds of being shown")


def _long_enough(elapsed: str, settings: FormSettings) -> bool:
    try:
        return float(elapsed) >= settings.min_seconds * 1000
    except ValueError:
        return False


def allowed_origin(origin: str | None, settings: FormSettings) -> bool:
    """Whether a form may stand on the page it was sent from; browsers that post to another origin always name it."""
    return origin is None or "*" in settings.origins or origin.lower() in settings.origins


def allowed_redirect(wanted: str | None, settings: FormSettings) -> str | None:
    """Where the browser goes: where the page asks, if that lies below what is allowed; else where the source says."""
    if wanted is None or "\\" in wanted or not wanted.isprintable():
        return settings.redirect
    try:
        asked = urlsplit(wanted)
    except ValueError:
        return settings.redirect
    for page in settings.redirects:
        allowed = urlsplit(page)
        below = asked.path == allowed.path or asked.path.startswith(f"{allowed.path.rstrip('/')}/")
        same = (asked.scheme, asked.netloc.lower()) == (allowed.scheme, allowed.netloc.lower())
        if same and below and _UP.search(asked.path) is None:
            return wanted
    return settings.redirect


def _verify(received: Received, settings: Settings) -> None:
    try:
        submission = read_submission(received)
    except NotUnderstood:
        submission = Submission({}, {})  # what is none says so when it is read
    check_form(submission, received.headers.get("origin"), settings.options["form"])


def _read(received: Received, settings: Settings) -> Read:
    submission = read_submission(received)
    honeypot = settings.options["form"].honeypot
    fields = {name: value for name, value in submission.fields.items() if name != honeypot}
    if not any(value not in (None, "", [], {}) for value in fields.values()):
        return Read()
    return Read((Item(_key(submission, fields, received), dict(fields)),))


def _key(submission: Submission, fields: Mapping[str, Any], received: Received) -> str:
    """Two posts of the same are one submission: by the script's word, else if they say the same on the same day."""
    said = submission.own.get(SUBMISSION) or received.received_at.date().isoformat()
    content = orjson.dumps([said, fields], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(content).hexdigest()


FORM_SENDER: Final = Sender(
    kind=FORM,
    title=("Web form", "网页表单"),
    verify=_verify,
    read=_read,
    # What a lead is known by is not for visitors to say: whoever names another's would be taken for them.
    mapping={"fields": {"external_id": None}},
    signed=False,
)
"""A web form as a kind of sender: nobody signs it, it is told by its page, and its fields are known by their names."""
