"""What stands in this request, whatever it is written in? JSON, a form, XML, or a query alone."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from python_multipart.multipart import parse_options_header

from app.intake.body import read_json
from app.intake.charsets import codec
from app.intake.errors import UnreadableBody
from app.intake.text import sound
from app.senders.base import HIDDEN, NotUnderstood, Received
from app.senders.forms import Pairs, nested, read_multipart, read_urlencoded
from app.senders.proof import KEY
from app.senders.xml import read_xml

_LONGEST_HEADER: Final = 1_000


class MediaType:
    """What a Content-Type says: ``name`` in small letters, ``charset`` and ``boundary`` if they stand there."""

    def __init__(self, header: str) -> None:
        name, options = b"", dict[bytes, bytes]()
        if header and len(header) <= _LONGEST_HEADER and header.isascii():
            name, options = parse_options_header(header)
        self.name = name.decode("ascii")
        self.charset = options.get(b"charset", b"").decode("ascii").strip() or None
        self.boundary = options.get(b"boundary")

    @property
    def is_json(self) -> bool:
        """``application/json`` and all that end in ``+json``."""
        return self.name.endswith(("/json", "+json"))

    @property
    def is_xml(self) -> bool:
        """``text/xml`` and the like."""
        return self.name.endswith(("/xml", "+xml"))

    @property
    def is_multipart(self) -> bool:
        """A form in parts."""
        return self.name.startswith("multipart/")

    @property
    def is_urlencoded(self) -> bool:
        """What a web form sends by itself."""
        return self.name == "application/x-www-form-urlencoded"


def json_of(received: Received) -> Any:
    """The JSON document in the body, whatever type it is sent under. Raises :exc:`NotUnderstood` if there is none."""
    charset = MediaType(received.headers.get("content-type", "")).charset
    raw = received.body
    try:
        if charset is not None and (name := codec(charset)) not in ("utf-8", "ascii"):
            raw = raw.decode(name, "replace").encode("utf-8", "replace")
        return read_json(raw).value
    except UnreadableBody as error:
        raise NotUnderstood(error.where, error.message) from None


def object_of(received: Received) -> dict[str, Any]:
    """The JSON object in the body. Raises :exc:`NotUnderstood` if there is none."""
    return an_object(json_of(received), "body")


def without_member(received: Received, name: str) -> bytes:
    """The body with a member of its JSON object hidden, in the charset that it came in; else as it came."""
    try:
        found = object_of(received)
    except NotUnderstood:
        # What cannot be read is kept as it came, but for what can be seen to be that member.
        member = rf'("{re.escape(name)}"\s*:\s*")(?:[^"\\]|\\.)*'.encode()
        return re.sub(member, rb"\g<1>" + HIDDEN.encode(), received.body, flags=re.DOTALL)
    if name not in found:
        return received.body
    charset = codec(MediaType(received.headers.get("content-type", "")).charset or "utf-8")
    return json.dumps({**found, name: HIDDEN}, ensure_ascii=charset != "utf-8").encode(charset)


def an_object(value: Any, where: str) -> dict[str, Any]:
    """``value``, which has to be an object. Raises :exc:`NotUnderstood` naming ``where`` if it is not."""
    if not isinstance(value, dict):
        raise NotUnderstood(where, "an object is wanted there")
    return value


def a_list(value: Any, where: str) -> list[Any]:
    """``value``, which has to be a list. Raises :exc:`NotUnderstood` naming ``where`` if it is not."""
    if not isinstance(value, list):
        raise NotUnderstood(where, "a list is wanted there")
    return value


def form_of(received: Received) -> Pairs:
    """The fields of the form in the body. Raises :exc:`NotUnderstood` if it is none."""
    media = MediaType(received.headers.get("content-type", ""))
    if media.is_multipart or (not media.is_urlencoded and received.body.lstrip(b"\r\n").startswith(b"--")):
        return read_multipart(received.body, media.boundary, media.charset)
    return read_urlencoded(received.body, media.charset)


def query_of(received: Received) -> Pairs:
    """The fields in the query: all but the secret."""
    return [(sound(name), sound(value)) for name, value in received.query if name != KEY]


def document_of(received: Received) -> Any:
    """What stands in the body: a JSON document, or the tree of a form or of an XML document.

    A body says what it is better than its type does, which many senders leave at the one of their library: what begins
    as JSON or XML is read as that if it is. Without a body it is the query.

    Raises:
        NotUnderstood: it is nothing of that kind.
    """
    if not received.body.strip():
        return nested(query_of(received))
    media = MediaType(received.headers.get("content-type", ""))
    start = received.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if media.is_json:
        return json_of(received)
    if media.is_multipart:
        return nested(form_of(received))
    if start in (b"{", b"["):
        try:
            return json_of(received)
        except NotUnderstood:
            if not media.is_urlencoded:
                raise
    elif media.is_xml or start == b"<":
        root = read_xml(received.body)
        return an_object(root.value() or {}, "body")
    elif b"=" not in received.body and not media.is_urlencoded and not received.body.lstrip().startswith(b"--"):
        raise NotUnderstood("body", "it is neither JSON nor a form nor XML")
    return nested(form_of(received))


def tree_of(received: Received) -> dict[str, Any]:
    """What stands in the body, which has to be an object. Raises :exc:`NotUnderstood` if it is none."""
    return an_object(document_of(received), "body")
