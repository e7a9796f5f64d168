"""The form where nothing runs, and forms of one's own: a page is shown, or the browser goes where it may."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Browser, browsing
from tests.browser.conftest import Door
from tests.browser.test_form import PERSON

pytestmark = pytest.mark.browser


def test_without_scripts_it_is_sent_too_and_a_small_page_says_thanks(scriptless: Browser, door: Door) -> None:
    scriptless.open(door.page())
    scriptless.fill(**PERSON)
    scriptless.submit()
    assert scriptless.find("h1").text == "Thank you"
    assert scriptless.find("html").get_attribute("lang") == "en"
    assert scriptless.find("a").get_attribute("href") == f"{door.site.origin}/"
    scriptless.picture("thanks-en")
    (lead,) = door.leads()
    assert lead["facts"]["email"] == PERSON["email"]
    assert scriptless.errors() == []
    assert scriptless.cookies() == []


def test_the_small_page_is_in_the_language_of_who_reads_it(scriptless_chinese: Browser, door: Door) -> None:
    browser = scriptless_chinese
    browser.open(door.page("zh", lang="zh-CN"))
    browser.fill(name="示例女士", phone="13800138001")
    browser.submit()
    assert browser.find("h1").text == "谢谢"
    assert browser.find("html").get_attribute("lang") == "zh-CN"
    browser.picture("thanks-zh")
    assert len(door.leads()) == 1


def test_in_the_dark_it_is_dark(door: Door) -> None:
    with browsing("en-GB,en", scripts=False, dark=True) as browser:
        browser.open(door.page())
        browser.fill(**PERSON)
        browser.submit()
        assert browser.find("body").value_of_css_property("background-color") == "rgba(16, 21, 29, 1)"
        browser.picture("thanks-en-dark")


def test_without_scripts_the_browser_goes_where_its_page_asks_if_that_is_allowed(
    scriptless: Browser, door: Door
) -> None:
    thanks = door.site.put("/de/danke", "<p>Danke</p>")
    door.put(redirects=[f"{door.site.origin}/de"])
    asks = f'<input type="hidden" name="_redirect" value="{thanks}"></form>'
    scriptless.open(door.site.put(f"/{door.name}", door.snippet().replace("</form>", asks)))
    scriptless.fill(**PERSON)
    scriptless.submit()
    assert scriptless.driver.current_url == thanks
    assert len(door.leads()) == 1


def test_without_scripts_who_is_not_taken_reads_so_in_their_language(
    scriptless: Browser, scriptless_chinese: Browser, door: Door
) -> None:
    door.page()
    for browser, title, name in (
        (scriptless, "Your message was not sent", "en"),
        (scriptless_chinese, "提交失败", "zh"),
    ):
        browser.open(f"{door.site.alias}/{door.name}")
        browser.fill(**PERSON)
        browser.submit()
        assert browser.find("h1").text == title
        browser.picture(f"refused-{name}")
    assert {one["reason"] for one in door.deliveries()} == {"origin"}
    assert door.leads() == []


def test_without_scripts_sending_the_same_twice_gives_one_lead(scriptless: Browser, door: Door) -> None:
    page = door.page()
    for _ in range(2):
        scriptless.open(page)
        scriptless.fill(**PERSON)
        scriptless.submit()
        assert scriptless.find("h1").text == "Thank you"
    assert len(door.leads()) == 1


OWN = """<form action="{address}" method="post" enctype="multipart/form-data">
<label>Your name <input name="Full name"></label>
<label>Work email <input name="E-Mail" type="email"></label>
<label>Message <textarea name="message"></textarea></label>
<label>Colour <select name="colour"><option>red<option selected>blue</select></label>
<label>Drawing <input type="file" name="drawing"></label>
<button type="submit">Go</button></form>"""


def test_a_form_of_ones_own_with_a_file_posts_to_the_same_address(english: Browser, door: Door, tmp_path: Path) -> None:
    drawing = tmp_path / "pump.txt"
    drawing.write_text("a drawing of a pump")
    english.open(door.site.put(f"/{door.name}", OWN.format(address=door.address)))
    english.fill(**{"Full name": "Ada Sample", "E-Mail": "ada@factory.example.com", "message": "Two of these"})
    english.find("[type=file]").send_keys(str(drawing))
    english.submit()
    english.wait(lambda: english.find("h1").text == "Thank you", "nobody says thanks")
    (lead,) = door.leads()
    facts = lead["facts"]
    assert (facts["name"], facts["email"], facts["need"]) == ("Ada Sample", "ada@factory.example.com", "Two of these")
    assert facts["attributes"]["colour"] == "blue"
    assert facts["attributes"]["drawing"] == {"file": "pump.txt", "type": "text/plain", "bytes": 19}
