"""The form as people meet it: in a page of somebody else's, sent without leaving it, in two languages."""

from __future__ import annotations

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Browser
from tests.browser.conftest import Door

pytestmark = pytest.mark.browser

PERSON = {"name": "Ada Sample", "email": "ada@factory.example.com", "company": "Sample Pumps", "need": "Two pumps"}
THANKS = {
    "en": "Thank you. We have received your message and will be in touch soon.",
    "zh": "谢谢，我们已收到您的信息，会尽快与您联系。",
}


def test_a_person_fills_it_in_and_is_thanked_without_leaving_the_page(english: Browser, door: Door) -> None:
    page = door.page()
    english.open(page)
    english.picture("form-en")
    english.fill(**PERSON, phone="+44 20 7946 0958")
    english.submit()
    assert english.status() == THANKS["en"]
    english.picture("form-en-sent")
    assert english.driver.current_url == page
    assert english.find("[name=name]").get_attribute("value") == ""
    (lead,) = door.leads()
    facts = lead["facts"]
    assert {name: facts[name] for name in PERSON} == PERSON
    assert (facts["phone"], facts["source"]) == ("+442079460958", door.name)
    assert facts["attributes"] == {"page_url": page}
    assert english.errors() == []
    assert english.cookies() == []


def test_a_page_in_chinese_speaks_chinese_whatever_else_its_reader_reads(english: Browser, door: Door) -> None:
    english.open(door.page("zh", lang="zh-CN", title="示例水泵"))
    english.picture("form-zh")
    english.fill(name="示例先生", phone="13800138000", need="两台水泵")
    english.submit()
    assert english.status() == THANKS["zh"]
    english.picture("form-zh-sent")
    (lead,) = door.leads()
    assert (lead["facts"]["name"], lead["facts"]["phone"]) == ("示例先生", "+8613800138000")


def test_what_the_browser_is_told_says_nothing_of_reps_scores_or_rules(english: Browser, door: Door) -> None:
    english.open(door.page())
    english.fill(**PERSON)
    english.submit()
    english.status()
    (lead,) = door.leads()
    assert lead["status"] == "assigned"
    answers = english.got(door.url)
    assert [answer["url"] for answer in answers] == [f"{door.address}/script.js", door.address]
    assert answers[1]["text"] == '{"status":"received","redirect":null}'
    for answer in answers:
        told = f"{answer['headers']} {answer['text']}".lower()
        for word in (lead["lead_id"], lead["rep"]["name"].lower() + '"', "everyone", "score", "tier", "assigned"):
            assert word not in told
        assert not any(name.lower() == "set-cookie" for name in answer["headers"])


def test_clicking_twice_gives_one_lead(english: Browser, door: Door) -> None:
    english.open(door.page())
    english.fill(**PERSON)
    ActionChains(english.driver).double_click(english.find("[type=submit]")).perform()
    assert english.status() == THANKS["en"]
    assert len(door.leads()) == 1


def test_two_forms_of_one_source_in_a_page_send_one_lead_each(english: Browser, door: Door) -> None:
    english.open(door.site.put(f"/{door.name}", door.snippet() + door.snippet()))
    english.fill(**PERSON)
    english.submit()
    assert english.status() == THANKS["en"]
    assert len(door.deliveries()) == len(door.leads()) == 1


def test_what_could_not_be_sent_stays_and_sent_again_is_one_lead(english: Browser, door: Door) -> None:
    english.open(door.page())
    english.fill(**PERSON)
    english.driver.set_network_conditions(offline=True, latency=0, throughput=0)
    try:
        english.submit()
        assert english.status() == "Your message was not sent. Please try again in a moment."
    finally:
        english.driver.delete_network_conditions()
    assert english.find("[name=name]").get_attribute("value") == PERSON["name"]
    english.submit()
    english.wait(lambda: english.find("[data-lead-router-status]").text == THANKS["en"], "it is not sent")
    assert len(door.leads()) == 1


def test_a_program_that_fills_in_what_nobody_sees_is_thanked_and_is_no_lead(english: Browser, door: Door) -> None:
    english.open(door.page())
    english.fill(**PERSON)
    english.run("document.querySelector('[name=website_url]').value = 'https://spam.example.com'")
    english.submit()
    assert english.status() == THANKS["en"]
    assert [(one["state"], one["reason"]) for one in door.deliveries()] == [("rejected", "honeypot")]
    assert door.leads() == []


def test_who_is_quicker_than_a_person_is_thanked_and_is_no_lead(english: Browser, door: Door) -> None:
    door.put(min_seconds=60)
    english.open(door.page())
    english.fill(**PERSON)
    english.submit()
    assert english.status() == THANKS["en"]
    assert [(one["state"], one["reason"]) for one in door.deliveries()] == [("rejected", "too_quick")]
    assert door.leads() == []


def test_who_takes_their_time_is_a_person(english: Browser, door: Door) -> None:
    door.put(min_seconds=1)
    english.open(door.page())
    english.fill(**PERSON)
    english.wait_open(1)
    english.submit()
    assert english.status() == THANKS["en"]
    assert len(door.leads()) == 1


def test_a_page_of_an_origin_that_is_not_allowed_says_that_it_could_not_be_sent(english: Browser, door: Door) -> None:
    door.page()
    english.open(f"{door.site.alias}/{door.name}")
    english.fill(**PERSON)
    english.submit()
    assert english.status() == "Your message was not sent. Please try again in a moment."
    assert [(one["state"], one["reason"]) for one in door.deliveries()] == [("rejected", "origin")]
    assert door.leads() == []


def test_what_cannot_be_taken_is_said_to_the_person(english: Browser, door: Door) -> None:
    english.open(door.page())
    english.fill(**PERSON)
    english.run("document.querySelector('[name=need]').value = 'x'.repeat(2 << 20)")
    english.submit()
    assert english.status() == "Your message was not sent. Please check what you have entered."


def test_where_a_visit_came_from_goes_along_without_what_else_its_address_holds(english: Browser, door: Door) -> None:
    page = door.page()
    query = "utm_source=news&utm_medium=mail&utm_campaign=Spring%20pumps+2&token=secret&utm_term=%E0%A4%A"
    # A page of another origin leads here.
    door.site.put("/leading", f'<a href="{page}?{query}#here">There</a>')
    english.open(f"{door.site.alias}/leading?who=private")
    english.find("a").click()
    english.wait(lambda: english.driver.current_url.startswith(page), "the link leads nowhere")
    english.fill(**PERSON)
    english.submit()
    assert english.status() == THANKS["en"]
    (lead,) = door.leads()
    facts = lead["facts"]
    assert (facts["campaign"], facts["referrer"]) == ("Spring pumps 2", f"{door.site.alias}/")
    assert facts["attributes"] == {"utm_source": "news", "utm_medium": "mail", "page_url": page}


def test_it_goes_where_the_source_says(english: Browser, door: Door) -> None:
    thanks = door.site.put("/thanks", "<p id=thanks>Thanks</p>")
    door.put(redirect=thanks)
    english.open(door.page())
    english.fill(**PERSON)
    english.submit()
    english.wait(lambda: english.driver.current_url == thanks, "it stays")
    assert len(door.leads()) == 1


def test_fields_have_names_and_can_all_be_reached_by_keyboard(english: Browser, door: Door) -> None:
    english.open(door.page())
    fields = ["name", "email", "phone", "company", "need"]
    names = [english.find(f"[name={field}]").accessible_name for field in fields]
    assert names == ["Name", "Email", "Phone", "Company", "How can we help?"]
    assert english.find("[type=submit]").accessible_name == "Send"
    assert english.find("[data-lead-router-status]").aria_role == "status"
    assert english.tabbed() == [*fields, "submit"]


def test_it_can_be_sent_with_the_keyboard_alone(english: Browser, door: Door) -> None:
    english.open(door.page())
    english.find("[name=name]").click()
    ActionChains(english.driver).send_keys(PERSON["name"], Keys.TAB, PERSON["email"], Keys.ENTER).perform()
    assert english.status() == THANKS["en"]
    assert len(door.leads()) == 1


def test_what_people_do_not_see_is_neither_reached_nor_announced(english: Browser, door: Door) -> None:
    english.open(door.page())
    assert "website_url" not in english.tabbed()
    announced = english.announced()
    assert "Email" in announced
    assert not [name for name in announced if "Leave this field empty" in name]
    width, height = english.run(
        "const box = document.querySelector('[aria-hidden=true] [name=website_url]').closest('div')"
        ".getBoundingClientRect(); return [box.width, box.height]"
    )
    assert (width, height) == (1, 1)


def test_a_pages_own_styles_win(english: Browser, door: Door) -> None:
    style = "<style>input { border: 3px solid rgb(1, 2, 3) } button { background: rgb(4, 5, 6) }</style>"
    english.open(door.site.put(f"/{door.name}", style + door.snippet()))
    look = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    assert english.run(look, "[name=email]", "borderTopColor") == "rgb(1, 2, 3)"
    assert english.run(look, "[type=submit]", "backgroundColor") == "rgb(4, 5, 6)"
