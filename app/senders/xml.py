"""What stands in an XML document? Names without their namespaces, texts, and nothing that a document type declares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.intake.charsets import codec
from app.intake.errors import UnreadableBody
from app.senders.base import NotUnderstood

DEEPEST: Final = 32
"""Elements within each other that are still read."""
MOST_ELEMENTS: Final = 20_000

_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")


@dataclass(slots=True)
class Element:
    """One element: ``name`` and the names of ``attributes`` are without namespaces, ``text`` is its own."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def nil(self) -> bool:
        """Whether it says that it has no value (``xsi:nil``)."""
        return self.attributes.get("nil", "").strip() in ("true", "1")

    def first(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def value(self) -> Any:
        """Its text, None if it is nil; with children an object, in which what is repeated is a list."""
        if self.nil:
            return None
        if not self.children:
            return self.text
        found: dict[str, Any] = {}
        repeated: set[str] = set()
        for child in self.children:
            value = child.value()
            if child.name in repeated:
                found[child.name].append(value)
            elif child.name in found:
                repeated.add(child.name)
                found[child.name] = [found[child.name], value]
            else:
                found[child.name] = value
        return found


class _Builder:
    """Puts elements together as the parser meets them."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(_local(tag), {_local(name): value for name, value in attributes.items()})
        self._count += 1
        if len(self._open) >= DEEPEST:
            raise NotUnderstood("body", f"more than {DEEPEST} elements within each other")
        if self._count > MOST_ELEMENTS:
            raise NotUnderstood("body", f"more than {MOST_ELEMENTS:,} elements")
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, _tag: str) -> None:
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def data(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def close(self) -> Element | None:
        return self.root


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def read_xml(raw: bytes) -> Element:
    """The root of an XML 1.0 document. Document types, entities and external references are refused, not read.

    Raises:
        NotUnderstood: it is no such document; ``where`` is a line and a column.
    """
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(_text(raw))
        root = cast("Element | None", parser.close())
    except ParseError as error:
        line, column = error.position
        raise NotUnderstood(f"line {line}, column {column + 1}", "not XML: it is not well-formed there") from None
    except DefusedXmlException:
        raise NotUnderstood("body", "document types and entities are not read: send the XML without them") from None
    except (ValueError, LookupError):
        raise NotUnderstood("body", "not XML in a charset that is known: send it as UTF-8") from None
    if root is None:
        raise NotUnderstood("body", "the XML has no element")
    return root


def _text(raw: bytes) -> bytes | str:
    """The document as the parser takes it: it knows few charsets itself."""
    declared = _ENCODING.match(raw[:200])
    if declared is None:
        return raw
    try:
        name = codec(declared[1].decode())
    except UnreadableBody as error:
        raise NotUnderstood("line 1, column 1", error.message) from None
    if name in ("utf-8", "ascii"):
        return raw
    return raw.decode(name, "replace")
