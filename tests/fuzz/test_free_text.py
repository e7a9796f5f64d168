"""Every parser of free text: it never raises, reads again as it is what it has read, and its time is in proportion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from typing import Any

import phonenumbers
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine.lead import NOWHERE, Place
from app.engine.operands import Refused, clock_span, read_duration, zone_named
from app.engine.operands import read_number as read_numeral
from app.engine.operands import read_time as read_instant
from app.engine.text import fold as engine_fold
from app.engine.text import slug as engine_slug
from app.engine.text import squeeze
from app.intake import phone as phones
from app.intake.company import name_company
from app.intake.countries import custom_of
from app.intake.dates import read_time
from app.intake.language import read_language
from app.intake.mail import corporate_domain, read_address, read_host
from app.intake.numbers import read_currency, read_decimal, read_money, read_number
from app.intake.phone import Dialled, place_of_number, read_phone
from app.intake.places import locate, locate_address, place_coordinates
from app.intake.regions import find_country, find_subdivision
from app.intake.text import ascii_slug, fold, line, lines, plain, slug, sound
from tests.fuzz.strategies import PIECES, plain_texts, texts, values
from tests.fuzz.support import brief, few, grows_in_proportion

countries = st.sampled_from([None, "CN", "US", "DE", "IN", "GB", "JP", "CH", "BR", "XK"])
maybe = st.none() | plain_texts


def _nearly_a_number(drawn: tuple[str, int, int, bool]) -> str:
    """A region's example of a number with one digit changed, with its country code or without."""
    region, digit, place, international = drawn
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    number = phonenumbers.national_significant_number(example or phonenumbers.example_number(region))
    at = place % len(number)
    changed = f"{number[:at]}{digit}{number[at + 1 :]}"
    return f"+{phonenumbers.country_code_for_region(region)}{changed}" if international else changed


@brief
@given(texts)
def test_cleaning_a_text_twice_is_cleaning_it_once(text: str) -> None:
    for clean in (sound, line, lines, fold, plain, slug, ascii_slug, engine_fold, engine_slug, squeeze):
        once: Any = clean(text)
        if once is not None:
            assert clean(once) == once, clean.__qualname__
            assert "\x00" not in once or clean not in (sound, line, lines, slug)
    assert line(text).isprintable() or not text.isascii()
    line(text).encode()
    lines(text).encode()


@brief
@given(texts | values, countries, st.sampled_from([None, "CNY", "EUR", "JPY"]))
def test_a_number_that_was_read_is_read_again_as_it_is(given: Any, country: str | None, currency: str | None) -> None:
    for whole in (False, True):
        if (figure := read_number(given, country, whole=whole)) is not None:
            assert figure.value >= 0
            assert math.isfinite(figure.value)
            again = read_number(figure.value, country, whole=whole)
            assert again is not None
            assert again.value == figure.value
    if (amount := read_money(given, country, currency)) is not None:
        assert amount.money.amount >= 0
        again_money = read_money(amount.money.amount, country, amount.money.currency)
        assert again_money is not None
        assert again_money.money == amount.money
    if (decimal := read_decimal(given)) is not None:
        assert math.isfinite(decimal)
        assert read_decimal(decimal) == decimal
    read_numeral(given)
    if isinstance(given, str) and (code := read_currency(given, country)) is not None:
        assert read_currency(code, country) == code


@brief
@given(texts | values, countries)
def test_a_time_that_was_read_is_read_again_as_it_is(given: Any, country: str | None) -> None:
    if (when := read_time(given, country)) is not None:
        assert when.time.tzinfo is UTC
        again = read_time(when.time.isoformat(), country)
        assert again is not None
        assert again.time == when.time
    if (instant := read_instant(given)) is not None:
        assert read_instant(instant.isoformat()) == instant


nearly_numbers = st.tuples(
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.integers(0, 9), st.integers(0, 14), st.booleans()
).map(_nearly_a_number)
mobiles = st.from_regex(r"(\+86 ?)?1[3-9][0-9]{9}", fullmatch=True)


@brief
@given(nearly_numbers | mobiles, st.sampled_from(["CN", "US", "DE", None]))
@example("17900009973", "CN")  # a carrier's code and the rest of a number, to the library
def test_what_is_asked_first_of_a_phone_number_is_what_the_library_says(text: str, country: str | None) -> None:
    number = phones._parsed(text, country)
    try:
        library = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        assert number is None
        return
    assert number == library
    region = phonenumbers.region_code_for_number(library)
    assert phones._home(library) == (region if phonenumbers.is_valid_number(library) else None)


@brief
@example("[127.0.0.1]13800138000", "CN")  # to the library a carrier's code, and too many digits for any number
@given(plain_texts, countries)
def test_a_phone_number_that_was_read_is_read_again_as_it_is(text: str, country: str | None) -> None:
    read = read_phone(text, country)
    if not isinstance(read, Dialled):
        assert read in ("unreadable", "phone_country_unknown")
        return
    again = read_phone(read.number, country)
    assert isinstance(again, Dialled)
    assert (again.number, again.country) == (read.number, read.country)
    if read.country is not None:
        assert place_of_number(read.number, read.country).country == read.country


@brief
@given(plain_texts)
def test_an_address_that_was_read_is_read_again_as_it_is(text: str) -> None:
    if (read := read_address(text)) is not None:
        again = read_address(read.email)
        assert again is not None
        assert (again.email, again.domain) == (read.email, read.domain)
        if (domain := corporate_domain(read.domain)) is not None:
            assert corporate_domain(domain) == domain
    if (host := read_host(text)) is not None:
        assert read_host(host) == host
        corporate_domain(host)


@brief
@example("日本", None, None, "江苏省苏州市", None)  # the address of somewhere else than the country that was said
@example("Turkey", "TR-34", "Istanbul", None, None)  # a city whose code is not its subdivision's
@given(maybe, maybe, maybe, maybe, countries)
def test_wherever_somebody_says_they_are_there_is_a_place_or_none(
    country: str | None, region: str | None, city: str | None, address: str | None, dialled: str | None
) -> None:
    located = locate(country, region, city, dialled)
    within(located.place)
    within(locate_address(address or "", located.place), located.place)
    for text in (country, region, city):
        if text is not None:
            find_country(text)
            find_subdivision(text, located.place.country)


def within(place: Place, around: Place = NOWHERE) -> None:
    """The parts of a place lie in each other."""
    assert place.subdivision is None or place.subdivision.startswith(f"{place.country}-")
    # Where nobody tells the subdivisions of a country's cities, their codes stand under the country.
    assert place.city is None or place.city.startswith((f"{place.subdivision}.", f"{place.country}."))
    assert around.country in (None, place.country)
    assert around.subdivision in (None, place.subdivision)
    at = place_coordinates(place)
    assert at is None or (-90 <= at[0] <= 90 and -180 <= at[1] <= 180)


@brief
@given(plain_texts)
def test_names_of_companies_and_languages_are_read_or_not(text: str) -> None:
    name_company(text)
    if (language := read_language(text)) is not None:
        assert read_language(language) == language
    custom_of(text)
    clock_span(text)
    for read in (read_duration, zone_named):
        with suppress(Refused):
            read(text)


_fresh = itertools.count()
LONG: list[Callable[[str], object]] = [
    sound, line, lines, fold, plain, slug, ascii_slug, engine_fold, engine_slug, squeeze, read_number, read_money,
    read_currency, read_decimal, read_numeral, read_time, read_instant, read_address, read_host, name_company,
    read_language, find_country, lambda text: read_phone(text, None), lambda text: read_phone(text, "CN"),
    lambda text: locate(text, text, text), lambda text: locate_address(text, NOWHERE),
    lambda text: find_subdivision(text, "US"),
]  # fmt: skip


@few
@given(st.sampled_from(LONG), st.sampled_from(PIECES) | plain_texts.filter(bool), plain_texts, plain_texts)
def test_a_longer_text_takes_only_so_much_longer(
    read: Callable[[str], object], piece: str, before: str, behind: str
) -> None:
    def work(size: int) -> Callable[[], object]:
        # Each text is a new one: many parsers remember what they have read.
        text = f"{before}{next(_fresh)}{piece * (size // len(piece))}{behind}".encode(errors="replace").decode()
        return lambda: read(text)

    grows_in_proportion(work, 4000)
