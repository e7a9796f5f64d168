"""The columns of a table are the fields that their headings mean."""

from typing import Any

import pytest

from app.intake.headings import Headings


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        ("Name|E-Mail|external id", {"name": "0", "email": "1", "external_id": "2"}),
        ("姓名|手机|公司名称|行业|微信", {"name": "0", "phone": "1", "company": "2", "industry": "3", "微信": "4"}),
        ("First Name|Last Name|job_title", {"name": "0 1", "title": "2"}),
        ("Last Name|First Name", {"name": "1 0"}),
        ("Vorname|Name", {"name": "0 1"}),
        ("name|first name|last name", {"name": "0", "first name": "1", "last name": "2"}),
        ("Full name|first name", {"name": "0", "first name": "1"}),
        ("Nom|Ville", {"name": "0", "city": "1"}),
        ("预算（万元）|Budget 2", {"budget": "1", "预算（万元）": "0"}),
        ("预算（万元）|城市", {"budget": "0万元", "city": "1"}),
        ("email|Work Email", {"email": "0", "Work Email": "1"}),
        ("Mail|Work Email", {"email": "1", "Mail": "0"}),
        ("mobile|Mobile", {"phone": "0", "attributes": {"Mobile": "1"}}),
        ("city|city", {"city": "0", "attributes": {"city_2": "1"}}),
        ("city|city|attributes", {"city": "0", "city_2": "1", "attributes": "2"}),
        ("姓名|姓名|姓名", {"name": "0", "attributes": {"姓名": "1", "姓名_2": "2"}}),
        ("||Favourite   Colour", {"column_1": "0", "column_2": "1", "Favourite Colour": "2"}),
        ("Straße|Hausnummer|PLZ", {"address": "0 1", "postal_code": "2"}),
        ("address|Hausnummer", {"address": "0 1"}),
        ("姓名|线索编号", {"name": "0", "external_id": "1"}),
        ("Name|ID", {"name": "0", "external_id": "1"}),
        ("姓名|编号", {"name": "0", "external_id": "1"}),
        ("ID|Lead ID|name", {"ID": "0", "external_id": "1", "name": "2"}),
        ("Record ID|external_id", {"Record ID": "0", "external_id": "1"}),
        ("序号|Contact ID|Form ID", {"序号": "0", "Contact ID": "1", "Form ID": "2"}),
        ("utm_source|utm_campaign", {"utm_source": "0", "campaign": "1"}),
        ("utm_source|source", {"utm_source": "0", "source": "1"}),
    ],
)
def test_a_heading_is_the_field_that_it_means(table: str, fields: dict[str, Any]) -> None:
    headings = table.split("|")
    assert Headings(headings).row([str(number) for number in range(len(headings))]) == fields


def test_a_cell_that_is_blank_is_left_out_also_where_parts_are_joined() -> None:
    headings = Headings(["first name", "last name", "name", "email"])
    assert headings.row(["Jo", "Doe", " ", ""]) == {"name": "Jo Doe"}
    assert headings.row(["", "", "Jo Doe"]) == {"name": "Jo Doe"}
    assert headings.row([]) == {}
    assert len(headings) == 4


@pytest.mark.parametrize("none", ["0", "-", "null", "无"])
def test_a_cell_that_can_be_no_id_stays_under_its_heading(none: str) -> None:
    headings = Headings(["Lead ID", "Name"])
    assert headings.row(["L-1", "Jo"]) == {"external_id": "L-1", "name": "Jo"}
    assert headings.row([none, "Jo"]) == {"Lead ID": none, "name": "Jo"}
    assert Headings(["external_id"]).row([none]) == {"external_id": none}
