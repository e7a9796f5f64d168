"""Which country or which of its subdivisions does this name mean, in English, in Chinese, or as an ISO code?"""

from __future__ import annotations

import re
from functools import lru_cache

import pycountry
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from rapidfuzz import fuzz, process

from app.intake.china import PROVINCES
from app.intake.text import plain, words

# Country names in these languages are known, besides every country's names in ISO 3166.
_LANGUAGES = words("de fr es pt it ja ko ru zh_Hant zh en")

_HABITS = {
    "CN": "prc|p r c|mainland china|china mainland|peoples republic of china|中华人民共和国"
    "|中国大陆|中國大陸|大陆|内地|中國",
    "HK": "香港|hong kong|hongkong|hk sar|hong kong sar|香港特别行政区|中国香港|中國香港",
    "MO": "澳门|澳門|macau|macao|macau sar|澳门特别行政区|中国澳门",
    "TW": "台湾|台灣|taiwan|中国台湾|中國台灣|臺灣|taiwan roc|taiwan province of china",
    "US": "usa|u s a|u s|united states of america|america|the united states|美國|美利坚|美利坚合众国",
    "GB": "uk|u k|great britain|britain|england|scotland|wales|northern ireland|united kingdom of great britain|英國",
    "AE": "uae|u a e|emirates|阿联酋|阿聯酋",
    "KR": "korea|south korea|republic of korea|rok|韩国|韓國|南韩",
    "KP": "north korea|dprk",
    "RU": "russia|russian federation|俄国",
    "VN": "vietnam|viet nam",
    "CZ": "czech republic|czechia",
    "NL": "holland|the netherlands|荷兰",
    "CI": "ivory coast",
    "TR": "turkey|turkiye",
    "MM": "burma|myanmar",
    "CD": "dr congo|drc|congo kinshasa",
    "CG": "congo brazzaville|congo",
    "SZ": "swaziland",
    "MK": "macedonia",
    "CV": "cape verde",
    "PS": "palestine",
    "SY": "syria",
    "LA": "laos",
    "IR": "iran",
    "BO": "bolivia",
    "VE": "venezuela",
    "TZ": "tanzania",
    "MD": "moldova",
    "VA": "vatican",
    "XK": "xk|kosovo",
}

_ENGLISH_SUBDIVISIONS = {
    "DE": (
        "BY bavaria SN saxony NI lower-saxony ST saxony-anhalt TH thuringia HE "
        "hesse RP rhineland-palatinate NW north-rhine-westphalia NW nrw MV "
        "mecklenburg-western-pomerania"
    ),
    "IT": ("25 lombardy 52 tuscany 82 sicily 88 sardinia 21 piedmont 75 apulia 62 latium"),
    "ES": ("CT catalonia AN andalusia PV basque-country IB balearic-islands CN canary-islands MD madrid"),
    "FR": "BRE brittany NOR normandy 20R corsica IDF ile-de-france",
    "CH": "GE geneva LU lucerne ZH zurich VD vaud",
    "AT": "9 vienna 7 tyrol 2 carinthia 6 styria 3 lower-austria 4 upper-austria",
    "BE": "BRU brussels VLG flanders WAL wallonia",
    "IN": "DL new-delhi OD orissa PY pondicherry UK uttaranchal DL ncr",
    "US": (
        "DC washington-dc DC washington-d-c CA 加州 CA 加利福尼亚 CA 加利福尼亚州 TX 德州 TX "
        "得克萨斯 TX 得克萨斯州 NY 纽约州 NY new-york-state FL 佛罗里达 FL 佛罗里达州 WA 华盛顿州 WA "
        "washington-state IL 伊利诺伊 MA 麻省 MA 马萨诸塞 NJ 新泽西 PA 宾夕法尼亚 GA 佐治亚 MI 密歇根"
    ),
    "JP": (
        "13 东京 13 东京都 13 東京 13 東京都 27 大阪府 26 京都府 01 北海道 23 爱知 23 愛知県 40 福冈 40 "
        "福岡県 14 神奈川 14 神奈川県"
    ),
}

# GeoNames numbers first-level divisions in its own way; these are those whose ISO code differs from it.
_ADMIN1 = {
    "CN": (
        "01 AH 02 ZJ 03 JX 04 JS 05 JL 06 QH 07 FJ 08 HL 09 HA 10 HE 11 HN 12 HB 13 XJ 14 XZ 15 "
        "GS 16 GX 18 GZ 19 LN 20 NM 21 NX 22 BJ 23 SH 24 SX 25 SD 26 SN 28 TJ 29 YN 30 GD 31 HI "
        "32 SC 33 CQ"
    ),
    "CA": "01 AB 02 BC 03 MB 04 NB 05 NL 07 NS 08 ON 09 PE 10 QC 11 SK 12 YT 13 NT 14 NU",
    "AU": "01 ACT 02 NSW 03 NT 04 QLD 05 SA 06 TAS 07 VIC 08 WA",
    "IN": (
        "01 AN 02 AP 03 AS 05 CH 07 DL 09 GJ 10 HR 11 HP 12 JK 13 KL 14 LD 16 MH 17 MN 18 ML 19 "
        "KA 20 NL 21 OD 22 PY 23 PB 24 RJ 25 TN 26 TR 28 WB 29 SK 30 AR 31 MZ 33 GA 34 BR 35 MP "
        "36 UP 37 CG 38 JH 39 UK 40 TS 41 LA 52 DH"
    ),
    "DE": ("01 BW 02 BY 03 HB 04 HH 05 HE 06 NI 07 NW 08 RP 09 SL 10 SH 11 BB 12 MV 13 SN 14 ST 15 TH 16 BE"),
    "FR": ("11 IDF 24 CVL 27 BFC 28 NOR 32 HDF 44 GES 52 PDL 53 BRE 75 NAQ 76 OCC 84 ARA 93 PAC 94 20R"),
    "BR": (
        "01 AC 02 AL 03 AP 04 AM 05 BA 06 CE 07 DF 08 ES 11 MS 13 MA 14 MT 15 MG 16 PA 17 PB 18 "
        "PR 20 PI 21 RJ 22 RN 23 RS 24 RO 25 RR 26 SC 27 SP 28 SE 29 GO 30 PE 31 TO"
    ),
    "JP": (
        "01 23 02 05 03 02 04 12 05 38 06 18 07 40 08 07 09 21 10 10 11 34 12 01 13 28 14 08 15 "
        "17 16 03 17 37 18 46 19 14 20 39 21 43 22 26 23 24 24 04 25 45 26 20 27 42 28 29 29 15 "
        "30 44 31 33 32 27 33 41 34 11 35 25 36 32 37 22 38 09 39 36 40 13 41 31 42 16 43 30 44 "
        "06 45 35 46 19 47 47"
    ),
}
_SAME_CODES = words("US GB CH BE IE LU")
_KIND = re.compile(
    r"\b(?:sheng|shi|zizhiqu|zizhi qu|province|provincia|state|region|oblast|prefecture|department|county|canton"
    r"|district|republic|territory|governorate|zhuangzu|huizu|uygur)\b"
)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    codes = {country.alpha_2 for country in pycountry.countries}
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        territories = Locale.parse(language).territories
        names.update({plain(name): code for code, name in territories.items() if code in codes})
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if name := getattr(country, attribute, None):
                names[plain(name)] = country.alpha_2
    for code, habits in _HABITS.items():
        if code in codes or code == "XK":
            names.update({plain(name): code for name in habits.split("|")})
    return names


@lru_cache(maxsize=1)
def _own_names() -> dict[str, str]:
    """What countries call themselves, in each of their official languages. Read once a name is in none of ours."""
    names: dict[str, str] = {}
    for country in pycountry.countries:
        for language in get_official_languages(country.alpha_2, de_facto=True):
            try:
                own = Locale.parse(language).territories.get(country.alpha_2)
            except UnknownLocaleError:
                continue
            if own is not None:
                names.setdefault(plain(own), country.alpha_2)
    return names


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """All ISO 3166-1 alpha-2 codes."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=4096)
def find_country(text: str) -> tuple[str, bool] | None:
    """The country's alpha-2 code, and whether the name is one that is known rather than close to one."""
    key = plain(text).removeprefix("the ")
    if code := _countries().get(key) or _own_names().get(key):
        return code, True
    if len(key) < 6 or not key.isascii() or len(key) > 60:
        return None
    best = process.extract(
        key, [name for name in _countries() if len(name) > 5], scorer=fuzz.ratio, limit=2, score_cutoff=88
    )
    codes = {_countries()[name] for name, _, _ in best}
    return (codes.pop(), False) if len(codes) == 1 else None


@lru_cache(maxsize=1)
def _subdivisions() -> dict[str, dict[str, str]]:
    """Country → plain name or the code's own part → ISO 3166-2 code; of equal names the higher level wins."""
    found: dict[str, dict[str, str]] = {}
    for level in (True, False):
        for division in pycountry.subdivisions:
            if (division.parent_code is None) is not level:
                continue
            names = found.setdefault(division.country_code, {})
            own = division.code.split("-", 1)[1].lower()
            names[own] = division.code
            names[division.code.lower().replace("-", " ")] = division.code
            bare = re.sub(r"[\[(].*?[\])]", "", division.name)
            for name in (division.name, bare, *bare.split("/")):
                key = plain(name)
                names.setdefault(key, division.code)
                names.setdefault(" ".join(_KIND.sub(" ", key).split()) or key, division.code)
    for country, table in _ENGLISH_SUBDIVISIONS.items():
        entries = words(table)
        for own, name in zip(entries[::2], entries[1::2], strict=True):
            found[country][plain(name)] = f"{country}-{own}"
    china = found["CN"]
    for code, given in PROVINCES.items():
        for name in given:
            china[plain(name)] = code
            china[plain(f"{name} province")] = code
    return found


@lru_cache(maxsize=300)
def subdivision_codes(country: str) -> frozenset[str]:
    """The codes that ISO 3166-2 gives to a country's subdivisions, of whatever level."""
    return frozenset(_subdivisions().get(country, {}).values())


@lru_cache(maxsize=1)
def _unique_names() -> dict[str, str]:
    """Names, of four letters or with a character beyond ASCII, that only one country's subdivision has."""
    seen: dict[str, set[str]] = {}
    for names in _subdivisions().values():
        for name, code in names.items():
            if len(name) >= 4 or not name.isascii():
                seen.setdefault(name, set()).add(code)
    unique = {name: next(iter(codes)) for name, codes in seen.items() if len(codes) == 1}
    for country in ("US", "CN"):  # so large that their names go before namesakes elsewhere
        names = _subdivisions()[country]
        unique |= {name: code for name, code in names.items() if len(name) >= 4 or name >= "\u4e00"}
    return unique


def find_subdivision(text: str, country: str | None) -> str | None:
    """The ISO 3166-2 code. Without a country only whole codes and names that are one country's alone are taken."""
    key = plain(text)
    if country is not None:
        names = _subdivisions().get(country, {})
        code = names.get(key)
        if code is None and (bare := " ".join(_KIND.sub(" ", key).split())):
            code = names.get(bare)
        return code
    head, _, own = key.partition(" ")
    if len(head) == 2 and own and (whole := _subdivisions().get(head.upper(), {}).get(key)):
        return whole
    return _unique_names().get(key)


@lru_cache(maxsize=1)
def _first_level() -> dict[tuple[str, str], str]:
    table: dict[tuple[str, str], str] = {}
    for country, pairs in _ADMIN1.items():
        entries = words(pairs)
        for theirs, own in zip(entries[::2], entries[1::2], strict=True):
            table[country, theirs] = f"{country}-{own}"
    for division in pycountry.subdivisions:
        if division.country_code in _SAME_CODES:
            table.setdefault((division.country_code, division.code.split("-", 1)[1]), division.code)
    return table


def first_level(country: str, admin1: str) -> str | None:
    """The ISO 3166-2 code of GeoNames' first-level division, where the two are known to be the same."""
    return _first_level().get((country, admin1))
