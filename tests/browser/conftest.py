"""A real service, a real site on another origin, and real browsers."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.site import Site, serving
from tests.conftest import fresh_database
from tests.faults.service import KEY, Service, furnished

if TYPE_CHECKING:
    from tests.browser.chromium import Browser

collect_ignore_glob = [] if find_spec("selenium") else ["test_*.py"]
"""Nothing, where what drives a browser is not installed: `make test-browser` installs it."""


@pytest.fixture(scope="module")
def service(postgres_url: str, template: str) -> Iterator[Service]:
    for url in fresh_database(postgres_url, template):
        with furnished(url) as started:
            yield started


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


@pytest.fixture(scope="module")
def english() -> Iterator[Browser]:
    from tests.browser.chromium import browsing

    with browsing("en-GB,en") as browser:
        yield browser


@pytest.fixture(scope="module")
def chinese() -> Iterator[Browser]:
    from tests.browser.chromium import browsing

    with browsing("zh-CN,zh") as browser:
        yield browser


@pytest.fixture(scope="module")
def scriptless() -> Iterator[Browser]:
    from tests.browser.chromium import browsing

    with browsing("en-GB,en", scripts=False) as browser:
        yield browser


@pytest.fixture(scope="module")
def scriptless_chinese() -> Iterator[Browser]:
    from tests.browser.chromium import browsing

    with browsing("zh-CN,zh", scripts=False) as browser:
        yield browser


class Door:
    """A source that is a web form, and what has come by it."""

    def __init__(self, service: Service, site: Site, name: str) -> None:
        self.name, self.site, self.url = name, site, service.url
        self._client = httpx.Client(
            base_url=service.url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, verify=False, timeout=60
        )

    def put(self, **form: Any) -> None:
        """Put the source, whose form may stand on the site."""
        document = {"kind": "form", "form": {"origins": [self.site.origin], "min_seconds": 0, **form}}
        self._client.put(f"/v1/sources/{self.name}", json=document).raise_for_status()

    @property
    def address(self) -> str:
        """Where its forms are posted to."""
        return f"{self.url}/v1/forms/{self.name}"

    def snippet(self, language: str = "en") -> str:
        """The form as it is given to be pasted."""
        answer = self._client.get(f"/v1/sources/{self.name}/snippet", headers={"Accept-Language": language})
        return answer.raise_for_status().text

    def page(self, language: str = "en", **page: Any) -> str:
        """Put a page with the form on the site; returns its address."""
        return self.site.put(f"/{self.name}", self.snippet(language), **page)

    def deliveries(self) -> list[dict[str, Any]]:
        """What has come, the oldest first."""
        items: list[dict[str, Any]] = self._client.get("/v1/deliveries", params={"source": self.name}).json()["items"]
        return items[::-1]

    def leads(self) -> list[dict[str, Any]]:
        """The leads that came by it, with their facts, the oldest first."""
        items: list[dict[str, Any]] = self._client.get("/v1/leads", params={"limit": 200}).json()["items"]
        ids = {item.get("lead_id") for one in self.deliveries() for item in one["items"]}
        return [one for one in items if one["lead_id"] in ids][::-1]

    def close(self) -> None:
        """Have it be called no more."""
        self._client.close()


@pytest.fixture
def door(service: Service, site: Site, request: pytest.FixtureRequest) -> Iterator[Door]:
    """A form of this test's own, with the settings that the test may change by putting it again."""
    name = "f" + format(abs(hash(request.node.name)) % 16**12, "012x")
    made = Door(service, site, name)
    made.put()
    try:
        yield made
    finally:
        made.close()
