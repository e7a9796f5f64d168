"""What does a raw request say about a lead, once every field is read?

Nothing a sender can put in JSON is refused here. What is read:

- **text**: NFC, no control characters, one line (``need`` and ``address`` keep their lines), empty is absent; numbers
  are taken as their text. At most 500 characters, of address, website and referrer 2,000; what is longer is cut
  (``cut``) and kept in ``attributes``. ``need`` is never cut: the body is bounded already. An ``external_id`` of more
  than 200 characters is cut and ended by its SHA-256, so that two do not become one.
- **attributes**: at most 200, each text of them 10,000 characters; keys 200.
- Fields that are not the contract's go into ``attributes`` (``unknown_field``), as does a value that cannot be read
  (``unreadable``). At most 50 notices are kept, the last of them counting the others (``more_notices``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from app.engine.lead import NOWHERE, Lead, Money, Notice, Number, Place
from app.intake import phone as phones
from app.intake.answers import read_customer, read_do_not_contact
from app.intake.cities import cities
from app.intake.company import name_company
from app.intake.dates import read_time
from app.intake.language import read_language
from app.intake.mail import corporate_domain, read_address, read_host
from app.intake.numbers import read_currency, read_decimal, read_money, read_number
from app.intake.phone import Dialled, place_of_number, read_phone
from app.intake.places import beside_country, is_country, locate, locate_address, place_coordinates
from app.intake.text import fold, line, lines, slug, sound
from app.intake.unknown import unknown_field

LONGEST = 500
LONGEST_ID = 200
LONGEST_ATTRIBUTE = 10_000
MOST_ATTRIBUTES = 200
MOST_NOTICES = 50
LONGEST_VALUE = 120
DEEPEST_ATTRIBUTE = 32

Fields: TypeAlias = Mapping[str, Any]

FIELDS: frozenset[str] = frozenset(name for name in Lead.__dataclass_fields__) - {
    "place",
    "coordinates",
    "company_key",
    "company_block",
    "company_domain",
    "notices",
}
"""The contract's field names."""


def normalise(fields: Fields, *, received_at: datetime, extra_notices: Iterable[Notice] = ()) -> Lead:
    """The lead that a request's fields describe. Never raises for anything that JSON can carry.

    ``fields`` is the contract's flat object; ``received_at`` (aware) is only used to doubt an ``occurred_at`` that lies
    more than a day after it (``future_date``). ``extra_notices`` (from reading the body) come first in ``notices``.

    Country, region, city, or else address, or else the phone number decide on ``place`` (see
    :func:`app.intake.places.locate`); ``country`` is then the code of the place's country, wherever it was learned.
    """
    return _Reading(fields, extra_notices).lead(received_at)


class _Reading:
    """One request being read: its fields, and what becomes of those that cannot be."""

    __slots__ = ("attributes", "fields", "notices")

    def __init__(self, fields: Fields, notices: Iterable[Notice]) -> None:
        self.fields = fields
        self.notices: list[Notice] = list(notices)
        self.attributes: dict[str, Any] = {}

    def lead(self, received_at: datetime) -> Lead:
        get = self.fields.get
        if (given := get("attributes")) is not None:
            self._take_attributes(given)
        country_text = self.text("country", LONGEST)
        region, city = self.text("region"), self.text("city")
        if country_text is None and region is not None and is_country(region):
            country_text, region = region, None  # and not what bears the same name within it
        if country_text is not None:
            region, city, left = beside_country(country_text, region, city)
            if left is not None:
                self.keep(*left)
        dialled, place = self._phone_and_place(country_text, region, city, address := self.block("address", 2000))
        country = place.country
        currency = self._currency(country)
        email, domain = self._email()
        company = self.text("company")
        named = name_company(company) if company is not None else None
        website = self.text("website", 2000)
        if domain is None and website is not None and (host := read_host(website)) is not None:
            domain = corporate_domain(host)
        latitude, longitude = self._degrees("latitude", 90), self._degrees("longitude", 180)
        if not FIELDS.issuperset(self.fields):
            self._keep_unknown()
        return Lead(
            external_id=self._external_id(),
            source=self._slug("source"),
            campaign=self.text("campaign"),
            referrer=self.text("referrer", 2000),
            name=self.text("name"),
            title=self.text("title"),
            email=email,
            phone=None if dialled is None else dialled.number,
            language=self._language(),
            company=company,
            website=website,
            industry=self.text("industry"),
            employees=self._number("employees", country),
            annual_revenue=self._money("annual_revenue", country, currency),
            country=country,
            region=region,
            city=city,
            address=address,
            postal_code=self.text("postal_code"),
            latitude=latitude,
            longitude=longitude,
            product=self.text("product"),
            need=self.block("need", None),
            budget=self._money("budget", country, currency),
            currency=currency,
            intent=self._word("intent"),
            urgency=self._word("urgency"),
            stage=self._word("stage"),
            customer=self._customer(),
            satisfaction=self._satisfaction(),
            do_not_contact=self._do_not_contact(),
            occurred_at=self._time(country, received_at),
            attributes=self.attributes,
            place=place,
            coordinates=place_coordinates(place),
            company_key=None if named is None else named.key,
            company_block=None if named is None else named.block,
            company_domain=domain,
            notices=self._notices(),
        )

    # What becomes of a value that is not read.

    def notice(self, field: str, code: str, value: object = None) -> None:
        self.notices.append(Notice(field, code, None if value is None else _short(value)))

    def keep(self, name: str, value: Any) -> bool:
        """Put a value among the attributes, under another name if this one is taken. False if there is no room."""
        if len(self.attributes) >= MOST_ATTRIBUTES:
            return False
        key = first = name[:LONGEST_ID] if name.isascii() and "\x00" not in name else sound(name)[:LONGEST_ID]
        kept = self._bounded(key, value)
        taken = 0
        while key in self.attributes:
            if self.attributes[key] == kept:
                return True
            # Never longer than a key may be, or it would be cut to the other one when the lead is read again.
            taken += 1
            key = first[: LONGEST_ID - taken] + "_" * taken
        self.attributes[key] = kept
        return True

    def unreadable(self, field: str, value: Any, code: str = "unreadable") -> None:
        self.notice(field, code, value)
        self.keep(field, value)

    def _take_attributes(self, given: Any) -> None:
        if not isinstance(given, Mapping):
            self.unreadable("attributes", given)
            return
        dropped = sum(not self.keep(str(name), value) for name, value in given.items())
        if dropped:
            self.notice("attributes", "too_many_attributes", dropped)

    def _keep_unknown(self) -> None:
        dropped = 0
        for name, value in self.fields.items():
            if name in FIELDS:
                continue
            if self.keep(name, value):
                told = unknown_field(sound(name)[:LONGEST_ID], FIELDS)
                self.notice(told.field, told.code, told.value)
            else:
                dropped += 1
        if dropped:
            self.notice("attributes", "too_many_attributes", dropped)

    def _bounded(self, key: str, value: Any, depth: int = 0) -> Any:
        match value:
            case str():
                if len(value) > LONGEST_ATTRIBUTE:
                    self.notice(f"attributes.{key}", "cut", value)
                    value = value[:LONGEST_ATTRIBUTE]
                return value if value.isascii() and "\x00" not in value else sound(value)
            case bool() | None:
                return value
            case int():
                return value if -(2**63) <= value < 2**64 else _short(value)
            case float():
                return value if math.isfinite(value) else str(value)
            case Mapping() if depth < DEEPEST_ATTRIBUTE:
                return {sound(str(name)): self._bounded(key, part, depth + 1) for name, part in value.items()}
            case list() | tuple() if depth < DEEPEST_ATTRIBUTE:
                return [self._bounded(key, part, depth + 1) for part in value]
            case _:
                return _short(value)

    def _notices(self) -> tuple[Notice, ...]:
        notices = self.notices
        if len(notices) > MOST_NOTICES:
            rest = len(notices) - MOST_NOTICES + 1
            notices = [*notices[: MOST_NOTICES - 1], Notice("notices", "more_notices", str(rest))]
        return tuple(notices)

    # Text.

    def raw(self, field: str) -> str | None:
        """The field's value as text; what is neither text nor number is unreadable."""
        value = self.fields.get(field)
        if value is None or isinstance(value, str):
            return value
        # Of an integer that no float can hold only the text is kept.
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
            return _written(value)
        self.unreadable(field, value)
        return None

    def text(self, field: str, longest: int = LONGEST) -> str | None:
        value = self.fields.get(field)
        if value is None:
            return None
        if not isinstance(value, str) and (value := self.raw(field)) is None:
            return None
        if len(value) > longest:
            return self._cut(field, value, longest, line)
        return line(value) or None

    def block(self, field: str, longest: int | None) -> str | None:
        value = self.raw(field)
        if value is None:
            return None
        if longest is not None and len(value) > longest:
            return self._cut(field, value, longest, lines)
        return lines(value) or None

    def _cut(self, field: str, value: str, longest: int, clean: Callable[[str], str]) -> str | None:
        """The text's beginning; all of it goes to the attributes if even cleaned it is too long."""
        text = clean(value[: longest * 4])
        if len(text) > longest or len(value) > longest * 4:
            self.unreadable(field, value, "cut")
            text = text[:longest].strip()
        return text or None

    def _word(self, field: str) -> str | None:
        text = self.text(field)
        if text is None or text.isascii():
            return text and text.lower()
        return line(fold(text))[:LONGEST].strip() or None

    def _slug(self, field: str) -> str | None:
        text = self.text(field)
        return None if text is None else slug(text)

    def _external_id(self) -> str | None:
        value = self.raw("external_id")
        if value is None:
            return None
        text = line(value[: LONGEST_ID * 4])
        if len(text) > LONGEST_ID or len(value) > LONGEST_ID * 4:
            self.unreadable("external_id", value, "cut")
            digest = hashlib.sha256(value.encode(errors="replace")).hexdigest()
            text = f"{text[: LONGEST_ID - 65].strip()}~{digest}"
        return text or None

    def _language(self) -> str | None:
        text = self.text("language")
        if text is None:
            return None
        read = read_language(text)
        if read is None:
            self.unreadable("language", text)
        return read

    # Where, and how to reach.

    def _phone_and_place(
        self, country: str | None, region: str | None, city: str | None, address: str | None
    ) -> tuple[Dialled | None, Place]:
        """The number is read as in the country that the other fields say; whose number it is can in turn decide.

        A country that was learned counts as one that was said: what is kept is read as it would be the next time.
        """
        located = locate(country, region, city)
        if located.said is None and country is not None:
            self.unreadable("country", country)
        dialled = self._phone(located.place.country)
        notices: list[Notice] = []
        # As it was said, as it was learned, and as the number then has it.
        for _ in range(3):
            if located.notices and dialled is not None and dialled.notice != "phone_doubtful":
                located = locate(country, region, city, dialled.country)
            notices.extend(located.notices)
            place = located.place
            if place.subdivision is None and place.city is None:
                addressed = place if address is None else locate_address(address, place)
                place = self._by_phone(addressed, dialled)
                if place != addressed:
                    notices.append(Notice("region", "region_from_phone", place.code))
            if place.country in (None, located.said):
                break
            country = place.country
            located = locate(country, region, city)
        if notices:
            told = (notice for notice in notices if notice.code != "region_from_phone" or notice.value == place.code)
            self.notices.extend(dict.fromkeys(told))
        return dialled, place

    @staticmethod
    def _by_phone(place: Place, dialled: Dialled | None) -> Place:
        """Where nothing else tells the province, the number's home does, if it is in the lead's country."""
        if dialled is None or dialled.country is None or place.subdivision is not None or place.city is not None:
            return place
        if place.country not in (None, dialled.country):
            return place
        if dialled.notice == "phone_doubtful":
            return Place(dialled.country)
        home = place_of_number(dialled.number, dialled.country)
        return place if home.subdivision is None and home.city is None and place is not NOWHERE else home

    def _phone(self, country: str | None) -> Dialled | None:
        text = self.text("phone")
        if text is None:
            return None
        read = read_phone(text, country)
        if isinstance(read, str):
            self.unreadable("phone", text, read)
            return None
        if read.notice is not None:
            self.notice("phone", read.notice, text)
        if read.several:
            self.unreadable("phone", text, "several")
        if read.extension is not None:
            self.keep("phone_extension", read.extension)
        return read

    def _email(self) -> tuple[str | None, str | None]:
        value = self.raw("email")
        if value is None or not (value := value.strip()):
            return None, None
        read = read_address(value)
        if read is None:
            self.unreadable("email", value)
            return None, None
        if read.several:
            self.unreadable("email", value, "several")
        return read.email, corporate_domain(read.domain)

    def _degrees(self, field: str, most: int) -> float | None:
        value = self.fields.get(field)
        if value is None or value == "":
            return None
        read = read_decimal(value)
        if read is None or not -most <= read <= most:
            self.unreadable(field, value)
            return None
        return read

    # Numbers, money, times, yes and no.

    def _number(self, field: str, country: str | None) -> Number | None:
        value = self.fields.get(field)
        if value is None or _blank(value):
            return None
        read = read_number(value, country, whole=True)
        if read is None:
            self.unreadable(field, value)
            return None
        if read.notice is not None:
            self.notice(field, read.notice, value)
        return read.value

    def _money(self, field: str, country: str | None, currency: str | None) -> Money | None:
        value = self.fields.get(field)
        if value is None or _blank(value):
            return None
        read = read_money(value, country, currency)
        if read is None:
            self.unreadable(field, value)
            return None
        if read.notice is not None:
            self.notice(field, read.notice, value)
        return read.money

    def _currency(self, country: str | None) -> str | None:
        text = self.text("currency")
        if text is None:
            return None
        read = read_currency(text, country)
        if read is None:
            self.unreadable("currency", text)
        return read

    def _time(self, country: str | None, received_at: datetime) -> datetime | None:
        value = self.fields.get("occurred_at")
        if value is None or _blank(value):
            return None
        read = read_time(value, country)
        if read is None:
            self.unreadable("occurred_at", value)
            return None
        if read.notice is not None:
            self.notice("occurred_at", read.notice, value)
        if read.time - received_at > timedelta(days=1):
            self.notice("occurred_at", "future_date", value)
        return read.time

    def _customer(self) -> str | None:
        value = self.fields.get("customer")
        if value is None or _blank(value):
            return None
        read = read_customer(str(value)[:LONGEST]) if isinstance(value, str | int) else None
        if read is None:
            self.unreadable("customer", value)
        return read

    def _do_not_contact(self) -> bool:
        value = self.fields.get("do_not_contact")
        if value is None or value is False or _blank(value):
            return False
        if value is True:
            return True
        read = None
        if isinstance(value, str | int | float):
            read = read_do_not_contact(_written(value) if isinstance(value, float) else str(value)[:LONGEST])
        if read is None:
            self.unreadable("do_not_contact", value)
        return read is True

    def _satisfaction(self) -> Number | str | None:
        value = self.fields.get("satisfaction")
        if value is None or _blank(value):
            return None
        text = self.text("satisfaction") if isinstance(value, str) else None
        read = read_decimal(value if text is None else text)
        if read is not None:
            return int(read) if read == int(read) else read
        return text if isinstance(value, str) else self.text("satisfaction")


def warm() -> None:
    """Read every table now (some seconds) rather than under the first requests. Called once, at start-up."""
    cities()
    phones.warm()
    read_language("zh")
    locate("China", "Guangdong", "Shenzhen")
    locate("nowhere at all", "nowhere at all", None)
    corporate_domain("mail.example.com")


def _blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _written(number: float) -> str:
    """A number as one writes it: ``138`` and not ``138.0``."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else str(number)


def _short(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 400:
        return hex(value)[:LONGEST_VALUE]
    text = value[: LONGEST_VALUE * 2] if isinstance(value, str) else str(value)
    return line(sound(text))[:LONGEST_VALUE]
