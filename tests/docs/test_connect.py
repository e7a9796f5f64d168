"""The pages that say how to connect: each kind of sender and receiver stands there, with commands that are taken."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from app.channels.kinds import CHANNELS
from app.doors.form import FormSettings
from app.doors.kinds import KINDS
from app.doors.source import read_document
from app.events.pace import RETRIES
from app.events.subscriptions import read, wrong_secret
from app.store.arrivals import State
from tests.docs.test_examples import ROOT, missing

PAGES = ("docs/connect.md", "docs/connect.zh-CN.md")
SHOWING = (*PAGES, "README.md", "README.zh-CN.md")

_PUT = re.compile(r"-X PUT \"?\$URL/v1/(?P<what>sources|subscriptions)/(?P<id>[\w.-]+)\"? [^']*-d '(?P<body>[^']+)'")


def text(page: str) -> str:
    return Path(ROOT / page).read_text(encoding="utf-8")


def puts(page: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What the page's commands put: sources or subscriptions, the id, the body."""
    for found in _PUT.finditer(text(page)):
        yield found["what"], found["id"], json.loads(found["body"])


@pytest.mark.parametrize("page", PAGES)
def test_every_kind_of_sender_its_options_and_every_state_are_documented(page: str) -> None:
    options = {option.name for sender in KINDS.values() for option in sender.options}
    assert len(options) > 20
    assert missing(page, {*KINDS, *options, *FormSettings.model_fields, *get_args(State)}) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_kind_of_sender_and_receiver_has_a_command_that_makes_it(page: str) -> None:
    kinds = {(what, body["kind"]) for what, _, body in puts(page)}
    expected = {("sources", kind) for kind in KINDS} | {("subscriptions", kind) for kind in CHANNELS}
    assert expected - kinds == set()


@pytest.mark.parametrize("page", SHOWING)
def test_what_the_commands_put_is_taken(page: str) -> None:
    shown = list(puts(page))
    assert shown
    for what, _, body in shown:
        if what == "sources":
            read_document({name: value for name, value in body.items() if name not in ("secret", "token")})
        else:
            document, channel = read(body, CHANNELS)
            assert all(wrong_secret(channel, *one) is None for one in document.secrets.items())
            assert {*channel.needed_secrets} <= {*document.secrets, *(channel.made() if channel.made else ())}


_SECONDS = {"s": 1, "min": 60, "h": 3600, "秒": 1, "分钟": 60, "小时": 3600}


@pytest.mark.parametrize("page", ["docs/receivers.md", "docs/receivers.zh-CN.md"])
def test_the_waits_between_attempts_are_those_that_are_kept_to(page: str) -> None:
    (row,) = re.findall(r"^\| (?:it waits|等待) \| (.+) \|$", text(page), re.MULTILINE)
    *waits, _ = (cell.split() for cell in row.split(" | "))
    assert [int(number) * _SECONDS[unit] for number, unit in waits] == [*RETRIES]


def test_both_languages_show_the_same_commands() -> None:
    english, chinese = ([(what, id_, body["kind"]) for what, id_, body in puts(page)] for page in PAGES)
    assert english == chinese
