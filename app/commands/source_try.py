"""``lead-router source try``: what would a body become, if a source's sender sent it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.source_words import WORDS
from app.commands.terminal import CannotDo, JsonOption, LanguageOption, Speaker

if TYPE_CHECKING:
    from rich.table import Table

SourceId = Annotated[str, typer.Argument(metavar="ID", help="The source's id.", show_default=False)]

_SUFFIXES: Final = {".json": "application/json", ".xml": "text/xml"}
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)")
_OURS: Final = {"authorization", "host", "content-length", "transfer-encoding", "connection", "accept-language"}
"""Headers that this request has for itself."""


def try_(
    id: SourceId,  # noqa: A002
    file: Annotated[
        Path | None, typer.Argument(help="The body, as its sender would send it; - for standard input.")
    ] = None,
    type: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            help="Its Content-Type.", show_default="by what is in it: JSON, XML, a form urlencoded or in parts"
        ),
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="A header that the sender sends, as “X-Event: created”; once for each.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="What the sender writes after the address, as “event=created”.")
    ] = None,
    delivery: Annotated[
        str | None, typer.Option(metavar="DELIVERY", help="A delivery that was kept, in the place of a file.")
    ] = None,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Show what a body would become: each field of the lead, and where it is from.

    Nothing is kept, and nobody is assigned. The exit status is 1 if the body
    is not understood.

    \b
    Examples:
      lead-router source try website form.txt
      lead-router source try crm body.json --header "X-Event: created"
      lead-router source try crm --delivery 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.files import read_bytes
    from app.commands.terminal import print_json

    say = Speaker(WORDS, language)
    if (file is None) is (delivery is None):
        raise CannotDo("try_what")
    headers = {"Accept-Language": say.language, **_headers(header or [])}
    body = b"" if file is None else read_bytes(file)
    if file is not None:
        content_type = type or headers.pop("content-type", None) or guessed_type(file, body)
        if not (content_type.isascii() and content_type.isprintable()):
            raise CannotDo("type")
        headers["content-type"] = content_type
    path = at("/v1/sources/{}/try", id) + (f"?{_query(query)}" if query else "")
    params = {} if delivery is None else {"params": {"delivery": delivery}}
    with calling(url, key) as caller:
        found = caller.ask("POST", path, content=body, headers=headers, **params)
    if json:
        print_json(found)
    else:
        _show(say, found, headers.get("content-type"))
    if not found["understood"]:
        raise typer.Exit(1)


def guessed_type(path: Path, body: bytes) -> str:
    """The Content-Type that a body is most likely sent under: by how it begins, else by the name of its file."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return "application/json"
    if start[:1] == b"<":
        return "text/xml"
    first = start.partition(b"\n")[0].strip()
    if re.fullmatch(rb"--[\x21-\x7e]{1,70}", first):
        return f'multipart/form-data; boundary="{first[2:].decode()}"'
    return _SUFFIXES.get(path.suffix.lower(), "application/x-www-form-urlencoded")


def _headers(given: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for one in given:
        found = _HEADER.fullmatch(one.strip())
        if found is None:
            raise CannotDo("header", text=one[:80])
        name = found[1].lower()
        if name in _OURS:
            raise CannotDo("header_ours", name=found[1])
        headers[name] = found[2]
    return headers


def _query(given: str) -> str:
    from urllib.parse import parse_qsl, urlencode

    return urlencode(parse_qsl(given.removeprefix("?"), keep_blank_values=True))


def _show(say: Speaker, found: Mapping[str, Any], content_type: str | None) -> None:
    from app.commands.terminal import out

    console = out()
    if content_type is not None:
        console.print(say("read_as", type=content_type), style="dim", soft_wrap=True)
    for one in found["errors"]:
        console.print(f"{one['where']}{say.colon}{one['message']}", style="bold red", soft_wrap=True)
    items = found["items"]
    for number, item in enumerate(items, 1):
        notes = [say("lead", number=number, total=len(items))] if len(items) > 1 else []
        if item["key"] is not None:
            notes.append(say("event", key=item["key"]))
        if item["to_be_fetched"] is not None:
            notes.append(say("fetched", record=item["to_be_fetched"]))
        if notes:
            console.print(" · ".join(notes), style="bold", soft_wrap=True)
        console.print(_table(say, item))
        # What is said of no field that stands in the table.
        known = {name for name, *_ in _rows(say, item)}
        for one in item["warnings"]:
            if one["field"] not in known:
                console.print(f"  ! {one['field']}{say.colon}{one['message']}", style="yellow", soft_wrap=True)
    for one in found["passed"]:
        console.print(say("passed", reason=say.code(one["reason"])), style="yellow", soft_wrap=True)
    if found["understood"] and not items and not found["passed"]:
        console.print(say("empty"), style="yellow")
    if found["not_genuine"] is not None:
        console.print(say("not_genuine", why=found["not_genuine"]), style="yellow", soft_wrap=True)
        if content_type is not None:
            console.print(say("with_header"), style="dim", soft_wrap=True)


def _table(say: Speaker, item: Mapping[str, Any]) -> Table:
    from rich.text import Text

    from app.commands.terminal import table_of

    table = table_of(say, "field", "value", "path", "how", "sent", "warning", whole=("field", "how"))
    for name, value, path, how, sent, warning in _rows(say, item):
        style = "dim" if how == say("default") else None
        table.add_row(name, value, path, how, sent, Text(warning, style="yellow"), style=style)
    return table


def _rows(say: Speaker, item: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Of each field: its name, as it is read, where from, how, as it came if that is another text, and its warnings."""
    came, read, origins = dict(item["fields"]), dict(item["lead"]), item["origins"]
    between = "" if say.language == "zh" else " "
    for each in (came, read):
        for name, value in (each.pop("attributes", None) or {}).items():
            each[f"attributes.{name}"] = value
    for name in sorted(came.keys() | read.keys(), key=lambda name: (name.startswith("attributes."), name)):
        origin = origins.get(name)
        value, sent = _text(read.get(name)), _text(came.get(name))
        if origin is not None:
            how = say.code(origin["how"])
        else:
            how = say("kept") if name.startswith("attributes.") else "" if name in came else say("read_from")
        told = between.join(one["message"] for one in item["warnings"] if one["field"] == name)
        yield name, value, "" if origin is None else origin["path"], how, "" if sent == value else sent, told


def _text(value: Any) -> str:
    import orjson

    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()
