from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.lead import Lead, Money, Notice
from app.intake.normalise import FIELDS, MOST_ATTRIBUTES, MOST_NOTICES, normalise

NOW = datetime(2025, 10, 20, 9, 30, tzinfo=UTC)


def lead(**fields: Any) -> Lead:
    return normalise(fields, received_at=NOW)


def notices(read: Lead) -> list[tuple[str, str]]:
    return [(notice.field, notice.code) for notice in read.notices]


def test_a_whole_lead_is_read() -> None:
    read = lead(
        external_id=42,
        source="Email Campaign",
        name=" 张\u3000 伟 ",
        email="Wei.Zhang@Mail.Example-Tools.CN",
        phone="138 0013 8000",
        language="中文",
        company="上海示例科技有限公司",
        industry="IT行业",
        employees="50-100人",
        annual_revenue="1.5亿",
        country="中国",
        region="江苏省",
        city="苏州",
        budget="50万",
        currency="人民币",
        urgency=" HIGH ",
        customer="新客户",
        do_not_contact="否",
        occurred_at="2025年3月1日 14:30",
    )
    assert read.external_id == "42"
    assert read.source == "email-campaign"
    assert read.name == "张 伟"
    assert read.email == "wei.zhang@mail.example-tools.cn"
    assert read.company_domain == "example-tools.cn"
    assert read.phone == "+8613800138000"
    assert read.language == "zh"
    assert (read.company_key, read.company_block) == ("上海示例科技", "示例")
    assert read.employees == 50
    assert read.annual_revenue == Money(150_000_000, "CNY")
    assert (read.country, read.region, read.city, read.place.code) == ("CN", "江苏省", "苏州", "CN-JS.suzhou")
    assert read.budget == Money(500_000, "CNY")
    assert read.urgency == "high"
    assert read.customer == "new"
    assert read.do_not_contact is False
    assert read.occurred_at == datetime(2025, 3, 1, 6, 30, tzinfo=UTC)
    assert read.notices == ()
    assert read.attributes == {}


def test_what_is_empty_is_absent() -> None:
    assert lead(name="  ", email="", phone=None, budget=" ", attributes={}, need="\n") == Lead()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("budget", "a lot"),
        ("employees", True),
        ("employees", -3),
        ("annual_revenue", "1e400"),
        ("name", ["Ann"]),
        ("email", "ann.example.com"),
        ("email", {"address": "ann@example.com"}),
        ("phone", "call me"),
        ("country", "Atlantis"),
        ("language", "Klingonese"),
        ("currency", "shells"),
        ("latitude", 91),
        ("longitude", "east"),
        ("customer", "perhaps"),
        ("do_not_contact", "maybe"),
        ("occurred_at", "yesterday"),
        ("attributes", "none"),
        ("need", False),
    ],
)
def test_a_value_that_cannot_be_read_is_kept_and_named(field: str, value: Any) -> None:
    read = lead(**{field: value})
    assert [(notice.field, notice.code) for notice in read.notices] == [(field, "unreadable")]
    assert read.attributes == {field: value}
    if field not in ("attributes", "do_not_contact"):
        assert getattr(read, field) is None
    assert read.do_not_contact is False


def test_a_field_that_is_not_known_is_kept_and_named() -> None:
    read = lead(favourite_colour="green", attributes={"shoe": 44})
    assert read.attributes == {"shoe": 44, "favourite_colour": "green"}
    assert read.notices == (Notice("favourite_colour", "unknown_field"),)


def test_two_values_of_one_name_are_both_kept() -> None:
    read = lead(budget="a lot", colour="red", attributes={"budget": 7, "colour": "red"})
    assert read.attributes == {"budget": 7, "colour": "red", "budget_": "a lot"}


def test_attributes_and_notices_are_bounded() -> None:
    read = normalise({f"field {n}": n for n in range(1000)}, received_at=NOW)
    assert len(read.attributes) == MOST_ATTRIBUTES
    assert len(read.notices) == MOST_NOTICES
    assert read.notices[-1] == Notice("notices", "more_notices", str(MOST_ATTRIBUTES + 1 - MOST_NOTICES + 1))


@pytest.mark.parametrize(
    "given", [True, "true", "Yes", " Y ", 1, 1.0, "1", "是", "DNC", "do_not_contact", "Opt-out", "unsubscribed", "勿扰"]
)
def test_do_not_contact_is_heard_however_it_is_said(given: Any) -> None:
    assert lead(do_not_contact=given).do_not_contact is True


@pytest.mark.parametrize(
    ("given", "customer"),
    [
        ("existing", "existing"),
        ("老客户", "existing"),
        ("Yes", "existing"),
        ("NEW", "new"),
        ("新", "new"),
        (False, "new"),
    ],
)
def test_customers_are_new_or_existing(given: Any, customer: str) -> None:
    assert lead(customer=given).customer == customer


def test_satisfaction_is_a_number_where_it_can_be_and_else_a_word() -> None:
    assert lead(satisfaction="4.5").satisfaction == 4.5
    assert lead(satisfaction=-10).satisfaction == -10
    assert lead(satisfaction="quite happy").satisfaction == "quite happy"


def test_right_to_left_text_and_emoji_pass_untouched() -> None:
    text = "مرحبا بكم 👩\u200d💻 שלום"
    read = lead(name=text, need=text, source="مصدر")
    assert (read.name, read.need, read.source) == (text, text, "مصدر")


def test_control_characters_go_and_lines_stay_where_lines_belong() -> None:
    read = lead(name="A\x00nn\x07\tLee\nMay", need="one\r\ntwo\x00\nthree\ttimes ")
    assert read.name == "Ann Lee May"
    assert read.need == "one\ntwo\nthree times"


def test_text_is_composed() -> None:
    assert lead(name="Jose\u0301").name == "José"


def test_a_long_text_is_cut_and_kept_among_the_attributes() -> None:
    read = lead(title="x" * 5000)
    assert read.title == "x" * 500
    assert read.attributes == {"title": "x" * 5000}
    assert notices(read) == [("title", "cut")]


def test_what_the_lead_needs_is_never_cut() -> None:
    text = "需要一套系统" * 50_000
    assert lead(need=text).need == text


def test_two_long_ids_that_differ_at_the_end_stay_two() -> None:
    one, two = lead(external_id="x" * 500 + "1").external_id, lead(external_id="x" * 500 + "2").external_id
    assert one is not None
    assert two is not None
    assert one != two
    assert len(one) <= 200


@pytest.mark.parametrize(
    "text", ["x" * 2**20, "é" * 2**19, "1," * 2**19, "a\u0315\u0300" * 2**18, "9" * 2**20, "@" * 2**20]
)
def test_a_mebibyte_in_any_field_takes_no_time(text: str) -> None:
    for field in FIELDS:
        # Seconds of this process's own work: what grows with the square of the length takes minutes.
        begin = time.process_time()
        normalise({field: text}, received_at=NOW)
        assert time.process_time() - begin < 10, field


def test_the_phone_gives_the_country_where_nothing_else_does() -> None:
    read = lead(phone="+86 10 6234 5678")
    assert (read.country, read.place.code) == ("CN", "CN-BJ")
    assert read.notices == (Notice("region", "region_from_phone", "CN-BJ"),)


def test_the_phone_narrows_a_lead_of_which_only_the_country_is_known() -> None:
    assert lead(country="CN", phone="021-62345678").place.code == "CN-SH"


def test_a_phone_from_elsewhere_does_not_move_a_lead() -> None:
    read = lead(country="Kenya", phone="+1 202 555 0143")
    assert read.place.code == "KE"
    assert read.notices == ()


def test_a_city_in_another_country_gives_way_unless_the_phone_is_from_there_too() -> None:
    read = lead(country="US", city="上海")
    assert read.place.code == "US"
    assert notices(read) == [("city", "contradiction")]
    assert lead(country="US", city="上海", phone="+86 138 0013 8000").place.code == "CN-SH.shanghai"
    assert lead(country="US", city="上海", phone="(202) 555-0143").place.code == "US-DC"
    assert lead(country="Canada", city="Austin, TX", phone="(202) 555-0143").place.code == "US-TX.austin"
    doubtful = lead(country="Canada", city="Austin, TX", phone="380 013 8000")
    assert (doubtful.phone, doubtful.place.code) == ("+13800138000", "CA")


def test_a_country_that_is_learned_tells_where_the_other_fields_are_as_one_that_was_said() -> None:
    assert lead(city="York").place == lead(country="GB", city="York").place
    assert lead(region="NW", phone="+49 30 123456").place == lead(country="DE", region="NW").place
    assert lead(country="Illinois", region="Springfield").place.code == "US-IL.springfield"
    # A country in the place of the region is the country, though a state of it bears its name.
    assert (lead(region="Mexico").place.code, lead(region="Mexico").region) == ("MX", None)


def test_a_place_in_the_country_s_field_is_not_lost_to_the_phone_nor_what_it_took_the_place_of() -> None:
    read = lead(country="深圳", region="南山区", city="粤海街道", phone="13800138000")
    assert (read.place.code, read.attributes) == ("CN-GD.shenzhen", {"city": "粤海街道"})
    assert lead(country="广东", region="华南", city="其他", phone="13800138000").place.code == "CN-GD"
    assert lead(country="London, UK").place.code == "GB-ENG.london"


def test_an_address_is_read_only_if_region_and_city_tell_nothing() -> None:
    assert lead(address="广东省深圳市南山区示例路1号").place.code == "CN-GD.shenzhen"
    assert lead(city="北京", address="广东省深圳市南山区示例路1号").place.code == "CN-BJ.beijing"


def test_an_extension_is_kept_beside_the_number() -> None:
    read = lead(phone="+1 202-555-0143 ext. 7", country="US")
    assert (read.phone, read.attributes) == ("+12025550143", {"phone_extension": "7"})


def test_the_company_domain_is_the_website_s_where_the_mail_is_anybody_s() -> None:
    assert lead(email="wei@qq.com", website="https://www.acme-tools.co.uk/shop").company_domain == "acme-tools.co.uk"
    assert lead(email="wei@qq.com", website="linkedin.com/company/acme").company_domain is None


def test_a_time_after_tomorrow_is_doubted() -> None:
    assert notices(lead(occurred_at="2026-01-01")) == [("occurred_at", "future_date")]


def test_notices_of_the_body_come_first() -> None:
    read = normalise({"budget": "a lot"}, received_at=NOW, extra_notices=[Notice("body", "nul_replaced")])
    assert notices(read) == [("body", "nul_replaced"), ("budget", "unreadable")]


words = st.sampled_from(
    [
        *(
            "50万",
            "1,200",
            "$2.5M",
            "<50",
            "China",
            "上海",
            "Suzhou",
            "10/03/2025",
            "+86 138 0013 8000",
            "yes",
            "\ud800",
        ),
        *("Smith & Sons Ltd.", "zh_CN", "12.5", "a lot", "Austin, TX", "广东省深圳市", "\x00", "Ａ", "ß", "İ", "1e400"),
        *("ann@example.com", "Ann <ann@example.com>", "https://www.example.com/x", "GB-KEN", "Georgia", "新"),
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
anything = st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=12), values, max_size=12)


def as_fields(read: Lead) -> dict[str, Any]:
    """A lead as somebody would send it again."""
    fields = {name: value for name in FIELDS if (value := getattr(read, name)) not in (None, {})}
    for name in ("budget", "annual_revenue"):
        if name in fields:
            money = fields[name]
            fields[name] = money.amount
            fields["currency"] = money.currency or fields.get("currency")
    return fields


@given(anything)
@example({"need": "\ud800", "attributes": {"\ud800": "\x00"}, "phone": "1" * 300})
@settings(max_examples=400, deadline=None)
def test_nothing_that_json_can_carry_is_refused_and_all_of_it_can_be_stored(fields: dict[str, Any]) -> None:
    read = normalise(fields, received_at=NOW)
    stored = {name: getattr(read, name) for name in FIELDS} | {"notices": read.notices}
    assert "\\u0000" not in orjson.dumps(stored).decode()


@given(anything)
@settings(max_examples=300, deadline=None)
def test_what_was_normalised_stays_as_it_is(fields: dict[str, Any]) -> None:
    once = normalise(fields, received_at=NOW)
    if once.budget and once.annual_revenue and once.budget.currency != once.annual_revenue.currency:
        return
    again = normalise(as_fields(once), received_at=NOW)
    for name in FIELDS - {"currency", "attributes"}:
        assert getattr(again, name) == getattr(once, name), name
    assert (again.company_key, again.company_domain) == (once.company_key, once.company_domain)


def test_keys_of_attributes_that_are_cut_alike_stay_apart_when_the_lead_is_read_again() -> None:
    long = "k" * 200
    once = lead(**{f"{long}1": "\ud800", f"{long}2": "\ud800", f"{long}3": "other"})
    assert once.attributes == {long: "\ufffd", f"{long[:-1]}_": "other"}
    assert lead(**as_fields(once)).attributes == once.attributes
