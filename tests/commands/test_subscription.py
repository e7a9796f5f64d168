"""``subscription`` sets up who is told of what is recorded, tries it, and sends again what was given up."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import CommandLine, Service


@dataclass
class Taker:
    """A program that is told of events, and answers with a status."""

    status: int = 200
    url: str = ""
    ids: list[str] = field(default_factory=list)


@pytest.fixture
def taker() -> Iterator[Taker]:
    one = Taker()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            if one.status == 200:
                one.ids.append(self.headers["webhook-id"])
            self.send_response(one.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing among what commands say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def file(tmp_path: Path, taker: Taker) -> Path:
    path = tmp_path / "crm.yaml"
    path.write_text(f"kind: webhook\nevents: [lead.assigned, lead.queued]\nsettings:\n  url: {taker.url}\n")
    return path


def sends_once(give: CommandLine, state: str, count: int) -> list[dict[str, str]]:
    """The sends of a state, once there are so many."""
    until = time.monotonic() + 30
    while True:
        found: list[dict[str, str]] = json.loads(give("subscription", "sends", "crm", "--state", state, "--json").out)
        if len(found) == count:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_a_subscription_is_put_with_its_secret_this_once_tested_and_told(
    give: CommandLine, service: Service, file: Path, taker: Taker
) -> None:
    assert "There are no subscriptions yet" in give("subscription", "list").out
    made = give("subscription", "put", "crm", file)
    assert made.status == 0, made.err
    secret = made.out.split()[-1]
    assert secret.startswith("whsec_")
    assert "lead-router subscription test crm" in made.err
    tested = give("subscription", "test", "crm")
    assert (tested.status, tested.out.startswith("lead.assigned: delivered in "), len(taker.ids)) == (0, True, 1)

    service.http.post("/v1/leads", json={"name": "Wei Sample", "email": "wei@factory.example"})
    (sent,) = sends_once(give, "delivered", 1)
    assert sent["event_id"] == taker.ids[-1]
    assert sent["event_id"] in give("subscription", "sends", "crm").out
    (line,) = [line for line in give("subscription", "list").out.splitlines() if line.split()[:1] == ["crm"]]
    assert line.split()[:3] == ["crm", "webhook", "on"]
    assert line.split()[-1] == "1"
    shown = give("subscription", "show", "crm").out
    assert f"…{secret[-4:]} (since " in shown
    assert secret not in shown
    again = give("subscription", "put", "crm", file)
    assert "(revision 2)" in again.out
    assert "whsec_" not in again.out


def test_what_show_prints_as_a_document_can_be_put_again(
    give: CommandLine, service: Service, file: Path, tmp_path: Path
) -> None:
    give("subscription", "put", "crm", file)
    document = give("subscription", "show", "crm", "--document").out
    assert yaml.safe_load(document)["events"] == ["lead.assigned", "lead.queued"]
    (tmp_path / "again.yaml").write_text(document)
    assert give("subscription", "put", "crm", tmp_path / "again.yaml").status == 0
    assert give("subscription", "show", "crm", "--document").out == document


def test_a_receiver_that_fails_is_said_to_and_what_was_given_up_is_sent_again(
    give: CommandLine, service: Service, file: Path, taker: Taker
) -> None:
    give("subscription", "put", "crm", file)
    taker.status = 410
    tested = give("subscription", "test", "crm", "--language", "zh")
    assert (tested.status, "接收方已不存在" in tested.out, "HTTP 410" in tested.out) == (1, True, True)
    service.http.post("/v1/leads", json={"name": "Wei Sample", "email": "wei@factory.example"})
    until = time.monotonic() + 30
    while "on" in give("subscription", "list").out.split():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert "off: " in give("subscription", "show", "crm").out
    # The status stands there once: a failure names it itself.
    for said in (tested.out, give("subscription", "sends", "crm").out):
        assert "HTTP 410" in said
        assert "410 HTTP" not in said
    (held,) = json.loads(give("subscription", "sends", "crm", "--json").out)

    taker.status = 200
    assert give("subscription", "put", "crm", file).status == 0
    if held["state"] == "dead":
        assert give("subscription", "redrive", "crm").out == "Sent again: 1\n"
    sends_once(give, "delivered", 1)
    assert give("subscription", "redrive", "crm").out == "Nothing was given up: nothing is sent again.\n"
    named = give("subscription", "redrive", "crm", held["event_id"])
    assert (named.status, named.out) == (0, "Sent again: 1\n")
    until = time.monotonic() + 30
    while taker.ids.count(held["event_id"]) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_secrets_can_come_from_other_files_than_the_document(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    chat, url = tmp_path / "chat.yaml", tmp_path / "url.txt"
    chat.write_text("kind: wecom\nsettings: {keyword: 线索}\n")
    url.write_text("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-0000-4000-8000-000000000000\n")
    missing = give("subscription", "put", "chat", chat)
    assert (missing.status, "secrets.url: " in missing.err) == (1, True)
    made = give("subscription", "put", "chat", chat, "--secret-from", f"url={url}")
    assert made.status == 0, made.err
    assert "qyapi" not in made.out + made.err + give("subscription", "show", "chat").out
    taken = give("subscription", "secret", "chat", "url", "--secret-from", url, "--keep-old-hours", 0)
    assert (taken.status, taken.out.startswith("It counts from now on")) == (0, True)
    assert "write it as NAME=FILE" in give("subscription", "put", "chat", chat, "--secret-from", "url").err


def test_what_a_filter_names_and_nobody_knows_is_noticed(give: CommandLine, service: Service, file: Path) -> None:
    file.write_text(f"{file.read_text()}filter: {{teams: [nobodys-team]}}\n")
    made = give("subscription", "put", "crm", file)
    assert (made.status, "! filter.teams[0]: there is no team “nobodys-team”" in made.err) == (0, True)


def test_a_new_secret_stands_alone_on_standard_output(give: CommandLine, service: Service, file: Path) -> None:
    give("subscription", "put", "crm", file)
    made = give("subscription", "secret", "crm")
    assert made.out.startswith("whsec_")
    assert made.out.count("\n") == 1
    assert "older ones stay valid for 24 hours" in made.err
    assert ", older ones valid until " in give("subscription", "show", "crm").out
    assert "has no secret “token”" in give("subscription", "secret", "crm", "token").err


def test_what_is_wrong_is_told_with_its_lines_and_nothing_is_removed_unasked(
    give: CommandLine, service: Service, file: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(file.read_text().replace("lead.assigned", "lead.asigned"))
    done = give("subscription", "put", "crm", wrong)
    assert (done.status, f"{wrong}:2:1: events: " in done.err, done.err.count("\n")) == (1, True, 1)
    assert give("subscription", "show", "crm").status == 1
    give("subscription", "put", "crm", file)
    assert "add --yes" in give("subscription", "delete", "crm").err
    assert give("subscription", "delete", "crm", "--yes").out == "The subscription crm is removed.\n"
    assert give("subscription", "show", "crm").status == 1
