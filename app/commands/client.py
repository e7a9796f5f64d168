"""How does a command talk to a running service? Where it is, with which key, and what its refusals say."""

from __future__ import annotations

import contextlib
import getpass
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlsplit

import typer

from app.commands.terminal import COLON, CannotDo, Sentence, chosen

if TYPE_CHECKING:
    import httpx

    from app.engine.explain import Language as Spoken

UrlOption = Annotated[
    str | None,
    typer.Option(envvar="LEAD_ROUTER_URL", help="Where the service is.", show_default="the one that `make run` starts"),
]
KeyOption = Annotated[
    str | None,
    typer.Option(envvar="LEAD_ROUTER_KEY", help="Its key.", show_default="LEAD_ROUTER_ADMIN_KEY, else the one in DATA"),
]

TIMEOUT: Final = 60.0
"""Seconds without a sign of life after which a service counts as gone."""

MOST_PLACES: Final = 5
"""Places that one line names."""

PAGE: Final = 500
"""Entries of a list that are asked for at a time."""


class Refused(CannotDo):
    """The service refuses, and says why. ``places``: what is wrong where in what it was sent."""

    def __init__(self, message: str, places: list[tuple[str, str]]) -> None:
        super().__init__("service", text=message)
        self.places = places


@dataclass(frozen=True, slots=True)
class Target:
    """A service, and the key that it is spoken to with."""

    url: str
    key: str

    @property
    def here(self) -> bool:
        """Whether it is on this machine."""
        return is_here(self.url)

    def options(self) -> dict[str, Any]:
        """What httpx's clients are made with."""
        return {
            "base_url": self.url,
            "headers": {
                "Authorization": f"Bearer {self.key}",
                "User-Agent": "lead-router",
                "Accept-Language": chosen(),
            },
            "timeout": TIMEOUT,
            # No proxy knows the way to this machine.
            "trust_env": not self.here,
        }


def target(url: str | None, key: str | None) -> Target:
    """The service that is meant. The key that is kept here is handed to no other machine.

    Raises CannotDo if the URL is none, or no key is known.
    """
    from app import settings

    given = settings.load()
    if url is None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(given.host, given.host)  # noqa: S104 - where to connect to
        url = f"http://[{host}]:{given.port}" if ":" in host else f"http://{host}:{given.port}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise CannotDo("url", url=url)
    if key is None and given.admin_key is not None:
        key = given.admin_key.get_secret_value()
    if key is None and is_here(url):
        path = given.data / "admin_key"
        try:
            key = path.read_text(encoding="ascii").strip() or None
        except (OSError, ValueError):
            raise CannotDo("no_key_here", path=path) from None
    if key is None:
        raise CannotDo("no_key", url=url)
    if not key.isascii() or not key.isprintable():
        raise CannotDo("key_ascii")
    return Target(url.rstrip("/"), key)


def is_here(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unreachable(url: str, error: Exception) -> CannotDo:
    """What to say where nothing answers."""
    import httpx

    if isinstance(error, httpx.ConnectError):
        return CannotDo("unreachable", url=url)
    return CannotDo("odd_answer", url=url, why=str(error) or type(error).__name__)


def refusal(response: httpx.Response) -> CannotDo:
    """What a service's refusal says, in one line, with the places that it names."""
    if response.status_code == 401:
        return CannotDo("key_unknown")
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "title" not in problem:
        return CannotDo("not_a_router", url=response.request.url, status=response.status_code)
    said, places = told_by(problem, chosen())
    shown = listed(places[:MOST_PLACES], chosen())
    return Refused(f"{said}{COLON[chosen()] if shown else ''}{shown}", places)


_SEE_ERRORS: Final = re.compile(r"(; errors says|，详见 errors).*", re.DOTALL)


def told_by(problem: Mapping[str, Any], language: Spoken) -> tuple[str, list[tuple[str, str]]]:
    """What a problem document says, and of which places what; not that errors names them, since they stand beside."""
    said = Sentence(str(problem.get("detail") or problem.get("title") or "")).said(language)
    places = [(str(one["where"]), Sentence(str(one["message"])).said(language)) for one in problem.get("errors") or ()]
    return _SEE_ERRORS.sub("", said).rstrip(".。"), places


def listed(places: Iterable[tuple[str, str]], language: Spoken) -> str:
    """What is said of several places, in one line."""
    said = [f"{where}{COLON[language] if where else ''}{message}" for where, message in places]
    return ("；" if language == "zh" else "; ").join(said)


class Caller:
    """One command's conversation with a service, call by call."""

    def __init__(self, target: Target) -> None:
        import httpx

        self._target = target
        self._client = httpx.Client(**target.options())
        with contextlib.suppress(OSError, KeyError, UnicodeError):
            # The record names whoever gives the command.
            self._client.headers["X-Actor"] = getpass.getuser()

    def call(self, method: str, path: str, *, missing: bool = False, **options: Any) -> httpx.Response | None:
        """The answer; None for a 404 where that is ``missing``, not wrong. Raises CannotDo for any other refusal."""
        import httpx

        try:
            response = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise unreachable(self._target.url, error) from None
        if missing and response.status_code == 404:
            return None
        if response.is_error:
            raise refusal(response)
        return response

    @property
    def url(self) -> str:
        """The service's address, without a slash at its end."""
        return self._target.url

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer; None if it has none. Raises CannotDo for any refusal."""
        answer = self.call(method, path, **options)
        assert answer is not None
        return answer.json() if answer.content else None

    def listed(self, path: str, most: int | None = None, **asked: Any) -> Iterator[dict[str, Any]]:
        """The entries of a list, page by page, at most so many. What is asked as None is left out."""
        params = {name: value for name, value in asked.items() if value is not None}
        while most is None or most > 0:
            page = self.ask("GET", path, params={**params, "limit": PAGE if most is None else min(most, PAGE)})
            yield from page["items"]
            most = None if most is None else most - len(page["items"])
            params["cursor"] = page["next_cursor"]
            if params["cursor"] is None:
                return

    def close(self) -> None:
        """Hang up."""
        self._client.close()


@contextlib.contextmanager
def calling(url: str | None, key: str | None) -> Iterator[Caller]:
    """Talk to the service that is meant. Raises CannotDo if that cannot be said."""
    caller = Caller(target(url, key))
    try:
        yield caller
    finally:
        caller.close()


def at(path: str, *names: str) -> str:
    """A path with names in it, whatever they are made of: ``at("/v1/sources/{}", "a b")``."""
    return path.format(*(quote(name, safe="") for name in names))
