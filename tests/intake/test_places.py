from __future__ import annotations

import math
from typing import Any

import pycountry
import pytest
from babel import Locale, UnknownLocaleError
from babel.core import get_global

from app.engine.lead import NOWHERE, Place
from app.intake.china import CITIES, MUNICIPALITIES, PROVINCES
from app.intake.cities import cities
from app.intake.countries import custom_of
from app.intake.language import read_language
from app.intake.phone import Dialled, place_of_number, read_phone
from app.intake.places import Beside, beside_country, fault_of_place, locate, locate_address, place_coordinates
from app.intake.regions import country_codes, find_country, find_subdivision


@pytest.mark.parametrize(
    ("country", "region", "city", "code"),
    [
        ("China", None, None, "CN"),
        ("中国", "江苏", "苏州", "CN-JS.suzhou"),
        ("CN", "Jiangsu Province", "Suzhou", "CN-JS.suzhou"),
        ("CHN", "CN-JS", "苏州市", "CN-JS.suzhou"),
        (None, "广东省深圳市南山区", None, "CN-GD.shenzhen"),
        (None, None, "Shenzhen, Guangdong", "CN-GD.shenzhen"),
        (None, None, "Guangdong Shenzhen", "CN-GD.shenzhen"),
        (None, "内蒙古自治区", "呼和浩特", "CN-NM.hohhot"),
        (None, "沪", None, "CN-SH"),
        (None, "上海", None, "CN-SH"),
        (None, None, "上海", "CN-SH.shanghai"),
        (None, "上海市浦东新区", None, "CN-SH.shanghai"),
        (None, "吉林", None, "CN-JL"),
        (None, "吉林市", None, "CN-JL.jilin"),
        ("CN", "湖北省", "武汉市洪山区", "CN-HB.wuhan"),
        (None, "延边朝鲜族自治州", None, "CN-JL.yanbian"),
        (None, None, "巴音郭楞蒙古自治州", "CN-XJ.bayingolin"),
        (None, None, "红河哈尼族彝族自治州", "CN-YN.honghe"),
        # The prefecture of this name is not the province of this name.
        (None, "海南藏族自治州", None, "CN-QH.hainan"),
        ("中国", "青海", "海南州", "CN-QH.hainan"),
        (None, None, "海南省海口市", "CN-HI.haikou"),
        ("中國", "廣東", None, "CN-GD"),
        ("美国", "加州", None, "US-CA"),
        ("USA", "CA", "San Jose", "US-CA.san-jose"),
        ("United States of America", "New York", "New York", "US-NY.new-york-city"),
        (None, None, "Austin, TX", "US-TX.austin"),
        (None, None, "纽约", "US-NY.new-york-city"),
        ("UK", None, "London", "GB-ENG.london"),
        ("GB", "Kent", "Ashford", "GB-ENG.ashford"),
        ("India", "Maharashtra", "Bombay", "IN-MH.mumbai"),
        ("Deutschland", "Bavaria", "München", "DE-BY.munich"),
        ("Sverige", None, "Göteborg", "SE.gothenburg"),
        ("Italia", "Lombardy", "Milan", "IT.milan"),
        ("日本", "東京都", None, "JP-13"),
        (None, "US-TX", None, "US-TX"),
        (None, "Ontario", "London", "CA-ON.london"),
        ("Singapore", None, "Singapore", "SG.singapore"),
        ("HK", None, "Hong Kong", "HK.hong-kong"),
        (None, "香港", None, "HK"),
        ("中国", "香港", None, "CN-HK"),
        ("CN", "台湾省", "台北", "CN-TW"),
        ("TW", None, "台北", "TW.taipei"),
        ("China", None, "Macau", "CN-MO"),
        ("India", None, "Other Cities", "IN"),
        ("中国", "华东", None, "CN"),
        ("CN", "中国 浦东新区", None, "CN-SH.pudong"),
        ("CN", "浦东新区，中国", None, "CN-SH.pudong"),
        (None, "中国浦东新区", None, "CN-SH.pudong"),
        (None, "华东", None, None),
        (None, "CA", None, None),
        (None, None, "Cambridge", None),
    ],
)
def test_a_place_is_known_by_its_names_and_codes(
    country: str | None, region: str | None, city: str | None, code: str | None
) -> None:
    read = locate(country, region, city)
    assert read.place.code == code
    assert [notice for notice in read.notices if notice.code == "contradiction"] == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        # Where there is room, a province goes to the region. A region that names a place is the narrower one.
        (("China, Guangdong", None, "Shenzhen"), ("China, Guangdong", "Shenzhen")),
        (("Illinois", "Springfield", None), ("Illinois", "Springfield")),
        (("Hamburg", "Munich", None), ("Hamburg", "Munich")),
        (("Bavaria", "Team South", None), ("Team South", "Bavaria")),
        (("Bavaria", "Team South", "Nuremberg"), ("Team South", "Nuremberg")),
        (("广东", "华南", "其他"), ("华南", "广东其他")),
        (("Illinois", "Team South", "Springfield"), ("Team South", "Springfield, Illinois")),
        (("Illinois", "Springfield", "Downtown"), ("Illinois", "Springfield", ("city", "Downtown"))),
        (("深圳", "南山区", "粤海街道"), ("南山区", "深圳", ("city", "粤海街道"))),
        # What would be read as another place by its name is kept by its code, or by the parts of its name.
        (("海南", "华南", None), ("华南", "CN-HI")),
        (("Paris, France", None, None), ("FR-IDF", "paris")),
        (("London, UK", None, None), ("London, UK", None)),
        # A country, a misspelt one, and a word are none.
        (("China", None, "Shenzhen"), (None, "Shenzhen")),
        (("Philipines", None, None), (None, None)),
        (("Atlantis", None, None), (None, None)),
    ],
)
def test_a_province_in_the_place_of_the_country_is_put_where_it_belongs(
    given: tuple[str, str | None, str | None], kept: tuple[Any, ...]
) -> None:
    assert beside_country(*given) == Beside(*kept)


@pytest.mark.parametrize("region", ["中国", "China", "Norge"])
def test_a_country_named_twice_is_no_contradiction(region: str) -> None:
    country = "NO" if region == "Norge" else "CN"
    assert locate(country, region, None) == (Place(country), (), country)


def test_a_country_that_is_nearly_spelt_is_assumed() -> None:
    read = locate("Philipines", None, None)
    assert read.place == Place("PH")
    assert [(notice.code, notice.value) for notice in read.notices] == [("assumed", "PH")]


@pytest.mark.parametrize("text", ["Atlantis", "unknown", "Asia/Pacific Region", "???"])
def test_what_is_no_country_is_said_to_be_none(text: str) -> None:
    assert locate(text, None, None) == (NOWHERE, (), None)


@pytest.mark.parametrize(
    ("country", "city", "code"), [(None, "Paris", "FR-IDF.paris"), ("CN", "Suzhou", "CN-JS.suzhou")]
)
def test_the_largest_of_namesakes_is_assumed_and_said(country: str | None, city: str, code: str) -> None:
    read = locate(country, None, city)
    assert read.place.code == code
    assert [(notice.code, notice.value) for notice in read.notices] == [("assumed", code)]


@pytest.mark.parametrize(("region", "city"), [("广东", "上海"), ("Texas", "Toronto")])
def test_the_wider_field_decides_where_two_disagree(region: str, city: str) -> None:
    read = locate(None, region, city)
    assert read.place.code == find_subdivision(region, None)
    assert [notice.code for notice in read.notices] == ["contradiction"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("广东省深圳市南山区示例路1号", "CN-GD.shenzhen"),
        ("上海市北京路1号", "CN-SH.shanghai"),
        ("北京路100号", None),
        ("1 Sample St, Springfield, IL 62701", "US-IL.springfield"),
        ("1600 Sample Pkwy, Mountain View, CA 94043, USA", "US-CA.mountain-view"),
        ("10 Sample Street, London SW1A 2AA, UK", "GB-ENG.london"),
        ("Musterstr. 1, 80331 München, Germany", "DE-BY.munich"),
        ("12 rue Exemple, 75001 Paris, France", "FR-IDF.paris"),
        ("somewhere nice", None),
        ("Paris", None),
    ],
)
def test_an_address_tells_only_what_it_tells_for_certain(address: str, code: str | None) -> None:
    assert locate_address(address, NOWHERE).code == code


def test_every_province_and_city_of_china_is_known_by_its_chinese_name() -> None:
    for code, names in PROVINCES.items():
        for name in names:
            assert locate("CN", name, None).place.subdivision == code, name
    for code, towns in CITIES.items():
        for name, slug in towns.items():
            assert locate("CN", PROVINCES[code][0], name).place.city == f"{code}.{slug}", name


def test_every_country_that_a_place_can_be_in_is_known_by_its_code() -> None:
    codes = {*country_codes(), *cities().country, *(one.country_code for one in pycountry.subdivisions)}
    assert len(codes) > 240
    assert [code for code in codes if find_country(code) != (code, True)] == []


def test_prefectures_have_names_of_their_own() -> None:
    names = [name for towns in CITIES.values() for name in towns]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_coordinates_are_those_of_the_city() -> None:
    found = place_coordinates(Place("CN", "CN-JS", "CN-JS.suzhou"))
    assert found is not None
    assert math.dist(found, (31.3, 120.6)) < 0.2
    assert place_coordinates(Place("CN", "CN-SH")) is not None
    assert place_coordinates(Place("CN", "CN-JS")) is None
    assert place_coordinates(NOWHERE) is None
    assert all(place_coordinates(Place("CN", code)) for code in MUNICIPALITIES)


def test_an_address_does_not_take_away_the_county_that_is_known() -> None:
    assert locate_address("York", Place("GB", "GB-YOR")).subdivision == "GB-YOR"


def test_a_city_lies_in_its_own_subdivision() -> None:
    known = cities()
    assert len(known.code) == len(set(known.code))
    for code, subdivision, country in zip(known.code, known.subdivision, known.country, strict=True):
        assert code.startswith(f"{subdivision or country}.")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("南非", "ZA"),
        ("韩国", "KR"),
        ("Türkiye", "TR"),
        ("Côte d'Ivoire", "CI"),
        ("the Netherlands", "NL"),
        ("阿联酋", "AE"),
    ],
)
def test_countries_are_known_by_many_names(name: str, code: str) -> None:
    assert find_country(name) == (code, True)


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("８６-138-0013-8000", None, "+8613800138000"),
        ("+86 138 0013 8000", "US", "+8613800138000"),
        ("0086 13800138000", None, "+8613800138000"),
        ("001-202-555-0143", "GB", "+12025550143"),
        ("电话：021-62345678", "CN", "+862162345678"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("400-800-1234", "CN", "+864008001234"),
    ],
)
def test_a_phone_number_is_read_as_in_its_country(text: str, country: str | None, number: str) -> None:
    read = read_phone(text, country)
    assert isinstance(read, Dialled)
    assert (read.number, read.several, read.extension) == (number, False, None)


@pytest.mark.parametrize(
    ("text", "extension"), [("010-62345678转123", "123"), ("010-62345678 ext. 7", "7"), ("010-62345678x02341", "02341")]
)
def test_an_extension_is_not_part_of_the_number(text: str, extension: str) -> None:
    read = read_phone(text, "CN")
    assert isinstance(read, Dialled)
    assert (read.number, read.extension) == ("+861062345678", extension)


def test_of_several_numbers_the_first_counts() -> None:
    read = read_phone("13800138000/13900139000", "CN")
    assert isinstance(read, Dialled)
    assert (read.number, read.several) == ("+8613800138000", True)


@pytest.mark.parametrize(
    ("text", "country", "notice"),
    [
        ("13800138000", None, "assumed_country"),
        ("+1-142-736-6724", None, "phone_doubtful"),
        ("+8613800138000", None, None),
    ],
)
def test_what_is_doubtful_about_a_number_is_said(text: str, country: str | None, notice: str | None) -> None:
    read = read_phone(text, country)
    assert isinstance(read, Dialled)
    assert read.notice == notice


@pytest.mark.parametrize(
    ("text", "country", "reason"),
    [
        ("(834)627-6870", None, "phone_country_unknown"),
        ("-1011", "PH", "unreadable"),
        ("call me", "US", "unreadable"),
        ("12345", "CN", "unreadable"),
        ("1" * 60, "CN", "unreadable"),
        ("+8600thousand(0)", None, "unreadable"),
    ],
)
def test_what_is_no_number_has_a_reason(text: str, country: str | None, reason: str) -> None:
    assert read_phone(text, country) == reason


@pytest.mark.parametrize(
    ("number", "country", "code"),
    [
        ("+861062345678", "CN", "CN-BJ"),
        ("+8651262345678", "CN", "CN-JS.suzhou"),
        ("+12025550143", "US", "US-DC"),
        ("+442079460958", "GB", "GB-ENG.london"),
        ("+6561234567", "SG", "SG"),
    ],
)
def test_a_number_is_at_home_somewhere(number: str, country: str, code: str) -> None:
    assert place_of_number(number, country).code == code


def test_customs_are_those_of_cldr() -> None:
    # Two countries whose likely language there writes the month first, though the country does not.
    for country in set(get_global("territory_zones")) - {"ER", "GH", "ZZ"}:
        try:
            locale = Locale.parse(f"und_{country}")
        except (UnknownLocaleError, ValueError):
            continue
        decimal = (locale.number_symbols.get("latn") or {}).get("decimal")
        first = next(sign for sign in str(locale.date_formats["short"].pattern).lower() if sign in "dmy")
        assert custom_of(country)[:2] == (
            "," if decimal == "," else ".",
            {"d": "day", "m": "month", "y": "year"}[first],
        )


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Chinese", "zh"),
        ("中文", "zh"),
        ("简体中文", "zh-Hans"),
        ("zh_CN", "zh-CN"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("zh-CN,zh;q=0.9", "zh-CN"),
        ("English", "en"),
        ("英语", "en"),
        ("eng", "en"),
        ("pt_BR.UTF-8", "pt-BR"),
        ("Deutsch", "de"),
        ("日本語", "ja"),
        ("Klingonese", None),
        ("xx", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_tag_and_by_name(text: str, tag: str | None) -> None:
    assert read_language(text) == tag


def test_languages_own_names_are_those_of_cldr() -> None:
    for tag in ("de", "fr", "ja", "ar", "ru", "vi", "fil", "nb", "ko", "pt"):
        assert read_language(str(Locale.parse(tag).languages[tag])) == tag


@pytest.mark.parametrize("code", ["CN-JS.suzhou", "DE", "world", "CN-SH", "GB-ENG", "US-CA.san-francisco", "HK"])
def test_a_code_that_leads_may_have_has_no_fault(code: str) -> None:
    assert fault_of_place(code) is None


@pytest.mark.parametrize(
    ("code", "meant"), [("CN-JS.suzhu", '"CN-JS.suzhou"?'), ("CN-XX", "?"), ("DE.atlantis", "known")]
)
def test_a_code_of_no_place_is_told_with_the_one_that_was_probably_meant(code: str, meant: str) -> None:
    fault = fault_of_place(code)
    assert fault is not None
    assert fault.startswith(f"no lead is ever in {code}")
    assert fault.endswith(meant)
