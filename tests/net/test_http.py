"""How requests travel: to the address that was checked, bounded, and with one clear error for each way to fail."""

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.net.allowed import Allowed, read_allowed
from app.net.client import Refused, Unreachable
from app.net.guard import Guard
from app.net.http import LARGEST, HttpClient, Resolve, open_client
from tests.net.authority import Authority
from tests.receiver import Raw, Reply, babbles, drips, drops, floods, hangs, receiving

ALL = Guard(Allowed(everything=True))


@asynccontextmanager
async def opened(
    guard: Guard = ALL,
    *,
    resolve: Resolve | None = None,
    trust: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
) -> AsyncIterator[HttpClient]:
    client = await open_client(guard, resolve=resolve, trust=trust)
    try:
        yield client
    finally:
        await client.aclose()


def names(*answers: Sequence[str]) -> Resolve:
    """A resolver that gives another answer each time; the last one stays."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_a_request_arrives_as_it_was_sent_and_the_answer_comes_back() -> None:
    async with receiving(Reply(201, b"made", {"X-Thing": "one"})) as receiver, opened() as client:
        answer = await client.call(
            "POST", receiver.url("/hook?key=%2F"), headers={"Content-Type": "text/plain"}, body="线索".encode()
        )
        assert (answer.status, answer.body, answer.cut) == (201, b"made", False)
        assert answer.headers["x-thing"] == "one"
        assert 0 <= answer.seconds < 20
        (request,) = receiver.requests
        assert (request.method, request.target, request.body) == ("POST", "/hook?key=%2F", "线索".encode())
        assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert request.headers["content-type"] == "text/plain"
        assert request.headers["user-agent"].startswith("lead-router/")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving(Reply(302, b"", {"Location": "http://127.0.0.1:1/"})) as receiver, opened() as client:
        answer = await client.call("GET", receiver.url())
        assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/")
        assert len(receiver.requests) == 1


async def test_the_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with receiving() as receiver, opened() as client:
        assert (await client.call("GET", receiver.url())).status == 200


async def test_no_cookie_is_kept_from_one_call_to_the_next() -> None:
    async with receiving(Reply(headers={"Set-Cookie": "who=me; Path=/"})) as receiver, opened() as client:
        for _ in range(2):
            await client.call("GET", receiver.url(host="localhost"))
        assert not any("cookie" in request.headers for request in receiver.requests)


async def test_what_comes_packed_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(1000))
    async with receiving(Reply(200, packed, {"Content-Encoding": "gzip"})) as receiver, opened() as client:
        assert (await client.call("GET", receiver.url())).body == packed
        assert receiver.requests[0].headers["accept-encoding"] == "identity"


async def test_of_an_endless_body_only_the_beginning_is_read() -> None:
    async with receiving(floods) as receiver, opened() as client:
        answer = await client.call("GET", receiver.url())
        assert (len(answer.body), answer.cut) == (LARGEST, True)


async def test_a_body_of_just_the_limit_is_whole() -> None:
    async with receiving(Reply(200, b"x" * LARGEST)) as receiver, opened() as client:
        answer = await client.call("GET", receiver.url())
        assert (len(answer.body), answer.cut) == (LARGEST, False)


async def test_an_answer_with_a_long_line_in_its_head_is_one() -> None:
    policy = "default-src " + " ".join(f"https://cdn-{number}.example.com" for number in range(700))
    async with receiving(Reply(200, b"ok", {"Content-Security-Policy": policy})) as receiver, opened() as client:
        assert (await client.call("POST", receiver.url(), body=b"{}")).headers["content-security-policy"] == policy


@pytest.mark.parametrize("reply", [hangs, drips])
async def test_the_whole_takes_no_longer_than_was_said(reply: Raw) -> None:
    async with receiving(reply) as receiver, opened() as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1: no answer within 0\.2 seconds"):
            await client.call("GET", receiver.url(), seconds=0.2)


@pytest.mark.parametrize(
    ("reply", "why"), [(drops, "127.0.0.1: "), (babbles, "127.0.0.1: what was answered is not HTTP")]
)
async def test_an_answer_that_is_none_is_said_to_be_none(reply: Raw, why: str) -> None:
    async with receiving(reply) as receiver, opened() as client:
        with pytest.raises(Unreachable, match=why):
            await client.call("POST", receiver.url("/secret"), body=b"{}")


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1), ("PATCH", 1)])
async def test_only_what_may_be_repeated_is_sent_once_more_when_the_other_side_hangs_up(
    method: str, times: int
) -> None:
    async with receiving(drops) as receiver, opened() as client:
        with pytest.raises(Unreachable, match="the connection broke"):
            await client.call(method, receiver.url(), body=b"{}")
        assert len(receiver.requests) == times


async def test_a_connection_that_was_closed_while_the_loop_was_busy_is_not_used_again() -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(2):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                closing.wait(5)
            closed.set()

    closing, closed = threading.Event(), threading.Event()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with listening:
        async with opened() as client:
            assert (await client.call("POST", url)).status == 200
            closing.set()
            closed.wait(5)  # the loop learns nothing meanwhile
            assert (await client.call("POST", url)).status == 200
        thread.join(5)


async def test_nobody_listening_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with opened() as client:
            with pytest.raises(Unreachable, match=r"^127\.0\.0\.1: no connection") as caught:
                await client.call("GET", f"http://127.0.0.1:{taken.getsockname()[1]}/secret")
            assert "secret" not in str(caught.value)


async def test_a_name_that_is_not_known_is_said() -> None:
    async with opened(Guard()) as client:
        with pytest.raises(Unreachable, match=r"^hooks\.invalid: the name is not known"):
            await client.call("GET", "https://hooks.invalid/secret")


async def test_a_name_that_resolves_to_this_machine_is_refused_and_nothing_arrives() -> None:
    async with receiving() as receiver, opened(Guard(), resolve=names(["127.0.0.1"])) as client:
        with pytest.raises(Refused, match=r"hooks\.example\.com \(127\.0\.0\.1\) is an address of this machine"):
            await client.call("GET", receiver.url(host="hooks.example.com"))
        assert receiver.peers == []


async def test_a_name_with_a_public_and_a_private_address_is_refused() -> None:
    async with receiving() as receiver, opened(Guard(), resolve=names(["93.184.216.34", "127.0.0.1"])) as client:
        with pytest.raises(Refused):
            await client.call("GET", receiver.url(host="hooks.example.com"))
        assert receiver.peers == []


async def test_a_name_that_changes_after_the_check_is_called_where_it_was_checked() -> None:
    guard = Guard(read_allowed("127.0.0.1/32"))
    async with receiving() as receiver, opened(guard, resolve=names(["127.0.0.1"], ["127.0.0.2"])) as client:
        assert (await client.call("GET", receiver.url(host="hooks.example.com"))).status == 200
        assert receiver.peers == ["127.0.0.1"]
        assert receiver.requests[0].headers["host"] == f"hooks.example.com:{receiver.port}"


async def test_a_name_is_checked_anew_for_each_connection() -> None:
    guard = Guard(read_allowed("127.0.0.1/32"))
    closing = Reply(headers={"Connection": "close"})
    async with receiving(closing) as receiver, opened(guard, resolve=names(["127.0.0.1"], ["127.0.0.2"])) as client:
        await client.call("GET", receiver.url(host="hooks.example.com"))
        with pytest.raises(Refused, match=r"127\.0\.0\.2"):
            await client.call("GET", receiver.url(host="hooks.example.com"))


async def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer() -> None:
    async with receiving() as receiver, opened(resolve=names(["127.0.0.77", "::1", "127.0.0.1"])) as client:
        assert (await client.call("GET", receiver.url(host="hooks.example.com"))).status == 200
        connection = await client.connect("hooks.example.com", receiver.port)
        with connection:
            assert connection.getpeername()[0] == "127.0.0.1"


async def test_tls_is_verified_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    guard = Guard(read_allowed("127.0.0.1/32"))
    server = authority.server("hooks.example.com")
    async with (
        receiving(tls=server) as receiver,
        opened(guard, resolve=names(["127.0.0.1"]), trust=authority.client) as client,
    ):
        assert (await client.call("GET", receiver.url(host="hooks.example.com"))).status == 200
        with pytest.raises(Unreachable, match=r"other\.example\.com: no connection .*certificate"):
            await client.call("GET", receiver.url(host="other.example.com"))


async def test_a_certificate_of_an_unknown_authority_is_not_believed(tmp_path: Path) -> None:
    guard = Guard(read_allowed("127.0.0.1/32"))
    async with (
        receiving(tls=Authority(tmp_path).server("hooks.example.com")) as receiver,
        opened(guard, resolve=names(["127.0.0.1"])) as client,
    ):
        with pytest.raises(Unreachable, match="certificate"):
            await client.call("GET", receiver.url(host="hooks.example.com"))


@pytest.mark.parametrize("value", ["sec\r\nX-Evil: 1", "sec\nret", "secret 机密", "sec\0ret"])
async def test_a_header_that_would_break_out_is_refused_without_being_repeated(value: str) -> None:
    async with receiving() as receiver, opened() as client:
        with pytest.raises(Refused, match="header") as caught:
            await client.call("GET", receiver.url(), headers={"Authorization": value})
        assert "sec" not in str(caught.value)
        assert receiver.requests == []


@pytest.mark.parametrize("name", ["Content-Length ", "Host ", "X Y", "X:Y", ""])
async def test_what_is_no_name_of_a_header_is_refused(name: str) -> None:
    async with receiving() as receiver, opened() as client:
        with pytest.raises(Refused, match="header"):
            await client.call("POST", receiver.url(), headers={name: "0"}, body=b"{}")
        assert receiver.requests == []


async def test_where_a_request_goes_and_where_it_ends_is_not_for_headers_to_say() -> None:
    given = {"Host": "elsewhere.example", "Content-Length": "0", "Transfer-Encoding": "chunked"}
    async with receiving() as receiver, opened() as client:
        await client.call("POST", receiver.url(), headers=given, body=b"{}")
        (request,) = receiver.requests
        assert (request.headers["host"], request.body) == (f"127.0.0.1:{receiver.port}", b"{}")
        assert "transfer-encoding" not in request.headers


async def test_a_socket_is_only_connected_to_what_may_be_called() -> None:
    async with receiving() as receiver:
        async with opened(Guard()) as client:
            for host in ("127.0.0.1", "localhost"):
                with pytest.raises(Refused):
                    await client.connect(host, receiver.port)
        async with opened() as client:
            (await client.connect("localhost", receiver.port)).close()
            with pytest.raises(Unreachable, match=r"hooks\.invalid"):
                await client.connect("hooks.invalid", receiver.port)


async def test_many_calls_at_once_are_all_answered() -> None:
    async with receiving() as receiver, opened() as client:
        answers = await asyncio.gather(*(client.call("GET", receiver.url(f"/{n}")) for n in range(120)))
        assert {answer.status for answer in answers} == {200}
        assert len(receiver.requests) == 120


async def test_a_slow_name_keeps_nothing_else_waiting() -> None:
    never = asyncio.Event()

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host == "slow.example.com":
            await never.wait()
        return ["127.0.0.1"]

    async with receiving() as receiver, opened(resolve=resolve) as client:
        slow = asyncio.ensure_future(client.call("GET", receiver.url(host="slow.example.com"), seconds=0.3))
        assert (await client.call("GET", receiver.url(host="hooks.example.com"))).status == 200
        with pytest.raises(Unreachable, match="no answer within"):
            await slow


async def test_an_answer_with_hundreds_of_lines_in_its_head_is_an_answer() -> None:
    lines = {f"X-Line-{number}": "x" for number in range(400)}
    async with receiving(Reply(200, b"taken", lines)) as receiver, opened() as client:
        assert (await client.call("POST", receiver.url(), body=b"{}")).body == b"taken"
