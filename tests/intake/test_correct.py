"""A correction changes what it names and what depends on it, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.engine.lead import Lead, Money, Place
from app.intake.correct import corrected, flatten
from app.intake.normalise import normalise

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(**fields: Any) -> Lead:
    return normalise(fields, received_at=NOW)


def sample_leads() -> list[dict[str, Any]]:
    found = Path(__file__).parents[2].glob("app/samples/*/*.ndjson")
    return [orjson.loads(line) for path in found for line in path.read_bytes().splitlines() if line.strip()]


LEADS: list[dict[str, Any]] = [
    {},
    {"name": "Ann", "email": "Ann <ann@acme.example>", "company": "Acme Ltd.", "website": "www.acme.example"},
    {"country": "中国", "region": "江苏", "city": "苏州", "phone": "138 0013 8000", "budget": "50万"},
    {"phone": "+49 30 123456", "employees": "50-100", "annual_revenue": "2.5M EUR", "currency": "USD"},
    {"budget": "USD 0.125", "occurred_at": "2026-01-05T10:00:00+08:00", "do_not_contact": "yes", "latitude": "31.2"},
    {"budget": "a lot", "shoe_size": 44, "attributes": {"a": {"b": [1, None]}}, "customer": "existing"},
    {"external_id": "x" * 300, "need": "line one\nline two", "satisfaction": "4.5", "language": "Chinese"},
    {"country": "广东", "city": "深圳"},
    {"country": "上海", "address": ""},
    {"country": "California"},
    # Each would be somewhere else once its country is known, which a first reading only learns.
    {"city": "YORK"},
    {"city": "Pristina"},
    {"country": "York, England", "region": "Team North"},
    {"country": "Illinois", "region": "Springfield"},
    {"country": "Illinois", "region": "Springfield", "city": "Downtown"},
    {"country": "海南", "region": "华南", "city": "其他", "phone": "13800138000"},
    {"country": "Paris, France"},
    {"region": "Mexico"},
    {"region": "NW", "phone": "+49 30 123456"},
    {"region": "Kent", "city": "Springfield", "address": "1 Main St, Springfield, IL 62701"},
    {"country": "Canada", "city": "Austin, TX", "phone": "217 555 0143"},
    {"country": "Canada", "city": "Austin, TX", "phone": "380 013 8000"},
    {"satisfaction": "0\ufeff"},
    {"email": "a@example.com, b@example.com", "urgency": "HIGH", "source": "Web Site", "address": "1 Main St"},
]


@pytest.mark.parametrize("fields", LEADS, ids=str)
def test_a_lead_flattened_and_normalised_again_is_the_same_lead(fields: dict[str, Any]) -> None:
    lead = read(**fields)
    assert normalise(flatten(lead), received_at=NOW).document() == lead.document()


def test_every_sample_lead_flattened_and_normalised_again_is_the_same_lead() -> None:
    leads = sample_leads()
    assert leads
    for fields in leads:
        lead = read(**fields)
        assert normalise(flatten(lead), received_at=NOW).document() == lead.document()


@pytest.mark.parametrize("fields", LEADS, ids=str)
def test_an_empty_correction_changes_nothing(fields: dict[str, Any]) -> None:
    lead = read(**fields)
    assert corrected(lead, {}, received_at=NOW).document() == lead.document()


def test_a_province_given_as_the_country_is_still_known_when_the_address_is_corrected() -> None:
    lead = corrected(read(country="广东"), {"address": "天河路 1 号"}, received_at=NOW)
    assert (lead.country, lead.region, lead.place.subdivision) == ("CN", "广东", "CN-GD")


def test_what_depends_on_a_corrected_field_follows_it() -> None:
    lead = read(city="Suzhou", country="China", company="Acme Ltd", email="ann@acme.example", budget=500)
    moved = corrected(lead, {"city": "Berlin", "company": "Zenith GmbH", "currency": "EUR"}, received_at=NOW)
    assert (moved.country, moved.place.country, moved.budget) == ("DE", "DE", Money(500, "EUR"))
    assert moved.company_key != lead.company_key
    assert moved.company_domain == "acme.example"


def test_a_place_that_only_the_number_told_follows_the_number() -> None:
    lead = read(phone="+86 512 6288 1234")
    assert lead.place.country == "CN"
    assert corrected(lead, {"phone": "+49 30 123456"}, received_at=NOW).place.country == "DE"
    assert corrected(lead, {"phone": None}, received_at=NOW).place == Place()


def test_null_clears_and_attributes_are_merged() -> None:
    lead = read(name="Ann", need="chairs", shoe_size=44, attributes={"a": 1, "b": 2})
    new = corrected(lead, {"need": None, "shoe_size": None, "attributes": {"a": None, "c": 3}}, received_at=NOW)
    assert (new.name, new.need, new.attributes) == ("Ann", None, {"b": 2, "c": 3})
    assert corrected(lead, {"attributes": None}, received_at=NOW).attributes == {}


def test_a_field_that_can_be_read_now_leaves_no_copy_of_what_could_not() -> None:
    lead = read(budget="a lot")
    assert lead.attributes == {"budget": "a lot"}
    new = corrected(lead, {"budget": "50万", "currency": "CNY"}, received_at=NOW)
    assert (new.budget, new.attributes) == (Money(500_000, "CNY"), {})


def test_an_unknown_field_replaces_the_attribute_of_its_name_and_is_named() -> None:
    lead = read(shoe_size=44)
    new = corrected(lead, {"shoe_size": 45}, received_at=NOW)
    assert new.attributes == {"shoe_size": 45}
    assert [(notice.field, notice.code) for notice in new.notices] == [("shoe_size", "unknown_field")]


def test_a_number_is_read_by_the_country_that_is_known() -> None:
    lead = read(country="CN", name="Ann")
    new = corrected(lead, {"phone": "138 0013 8000"}, received_at=NOW)
    assert (new.phone, new.country) == ("+8613800138000", "CN")
