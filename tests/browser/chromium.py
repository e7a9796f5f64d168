"""A real Chromium without a window, and what it met: its console, its cookies, and every answer it got."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

T = TypeVar("T")

SCREENSHOTS = os.environ.get("LEAD_ROUTER_TEST_SCREENSHOTS")
"""A directory for pictures of what the tests see; unset: none are taken."""
PATIENCE_SECONDS = 30


class Browser:
    """One browser, whose person reads one language."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.answers: list[dict[str, Any]] = []

    def open(self, url: str) -> None:
        """Go to a page, with nothing left of what was before."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.answers.clear()
        self.driver.get(url)

    def find(self, selector: str) -> WebElement:
        """The element at a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def fill(self, **fields: str) -> None:
        """Type into fields, by their names."""
        for name, text in fields.items():
            self.find(f"[name='{name}']").send_keys(text)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, truth: Callable[[], T], what: str) -> T:
        """Wait for something to come true; returns it."""
        return WebDriverWait(self.driver, PATIENCE_SECONDS, 0.05).until(lambda _: truth(), what)

    def status(self) -> str:
        """What the form says became of it, once it is known."""
        element = self.find("[data-lead-router-status]")
        settled = ("received", "failed", "refused")
        self.wait(lambda: element.get_attribute("data-lead-router-status") in settled, "the form says nothing")
        return element.text

    def submit(self) -> None:
        """Press the button."""
        self.find("[type=submit]").click()

    def wait_open(self, seconds: float) -> None:
        """Wait until the page has been open for so long."""
        self.wait(lambda: self.run("return performance.now()") >= seconds * 1000, "time does not pass")

    def tabbed(self, most: int = 30) -> list[str]:
        """The names of the fields that the Tab key comes to, in order, until it leaves the form."""
        self.run("document.activeElement.blur(); getSelection().collapse(document.body, 0)")
        names: list[str] = []
        for _ in range(most):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            here = self.run("const e = document.activeElement; return e.form ? e.name || e.type : null")
            if here is None and names:
                return names
            if here is not None:
                names.append(here)
        return names

    def announced(self) -> list[str]:
        """Every name in what a screen reader is given of the page."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        shown = (node for node in nodes if not node.get("ignored"))
        return [str(node.get("name", {}).get("value", "")) for node in shown]

    def errors(self) -> list[str]:
        """What the console has that is no mere note, since it was last asked."""
        return [one["message"] for one in self.driver.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]

    def cookies(self) -> list[Any]:
        """Every cookie, of any site."""
        return list(self.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"])

    def got(self, base: str) -> list[dict[str, Any]]:
        """Each answer from addresses that begin so, with its body."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.responseReceived":
                continue
            answer = message["params"]["response"]
            if answer["url"].startswith(base):
                self.answers.append({**answer, "text": self._body(message["params"]["requestId"])})
        return self.answers

    def _body(self, request_id: str) -> str:
        try:
            return str(self.driver.execute_cdp_cmd("Network.getResponseBody", {"requestId": request_id})["body"])
        except WebDriverException as error:
            # A redirect and a preflight have none.
            if "No resource with given identifier" in str(error) or "No data found" in str(error):
                return ""
            raise

    def picture(self, name: str) -> None:
        """Keep a picture of the page, if somebody wants to look at them."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(SCREENSHOTS) / f"{name}.png"))


def found() -> tuple[str, str] | None:
    """The browser and its driver, if both are here."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = next(filter(None, map(shutil.which, ("chromedriver", "chromium.chromedriver"))), None)
    return (browser, driver) if browser and driver else None


@contextmanager
def browsing(language: str, *, scripts: bool = True, dark: bool = False) -> Iterator[Browser]:
    """A browser, until it is left."""
    programs = found()
    assert programs is not None, "chromium and chromedriver are not installed"
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for argument in (
        "--headless=new",
        "--no-proxy-server",
        "--disable-gpu",
        "--window-size=900,1000",
        "--no-first-run",
    ):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which it cannot set up for root
    options.add_argument("--disable-dev-shm-usage")
    if dark:
        options.add_argument("--force-dark-mode")
    preferences: dict[str, Any] = {"intl.accept_languages": language}
    if not scripts:
        preferences["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(programs[1]))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
