"""What are the codes of countries, of what lies in them, and of languages? By their tables and by shape."""

from __future__ import annotations

import re
from typing import Final

WORLD: Final = "world"
"""What everything lies in."""

_COUNTRIES: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, and XK, which is user-assigned but in common use."""

_SHAPE: Final = re.compile(r"([a-z]{2})(-[a-z0-9]{1,3})?(\.[a-z0-9][a-z0-9_-]*)?", re.IGNORECASE | re.ASCII)

_LANGUAGES: Final = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk
kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny
oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES: Final = frozenset(_LANGUAGES.split())
"""ISO 639-1. It has neither cn nor jp, which are countries."""

_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)


def looks_like_language(text: str) -> bool:
    """Whether text has the shape of the codes that leads' languages are normalised to, such as ``de`` and ``zh-CN``.

    Names of languages have not. Of codes with two letters it is known which there are, of those with three it is not.
    """
    shape = _LANGUAGE.fullmatch(text)
    return shape is not None and (len(shape[1]) == 3 or shape[1].lower() in LANGUAGES)


def iso_code(text: str) -> str | None:
    """Return the canonical form of a country, subdivision or city code in any case; None if it has not that shape.

    Whether the country exists is checked; which subdivisions and cities it has is not known here.
    """
    text = text.strip()
    if text.lower() == WORLD:
        return WORLD
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    country, subdivision, city = shape.groups(default="")
    if country.upper() not in COUNTRIES:
        return None
    return (country + subdivision).upper() + city.lower()


def iso_path(code: str) -> list[str]:
    """Return a canonical code and those above it: ``CN-JS.suzhou``, ``CN-JS``, ``CN``, ``world``."""
    path = [code]
    if "." in code:
        path.append(code := code.partition(".")[0])
    if "-" in code:
        path.append(code := code.partition("-")[0])
    if code != WORLD:
        path.append(WORLD)
    return path
