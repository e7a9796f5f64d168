"""What leads does the bench send? Invented ones, as varied as real ones, and each of them somebody new.

A person, a company, a domain and a number that nobody had before: so each lead brings four identities and one delivery
to be written, and none of it is spared. The same seed gives the same leads. All domains end in ``.example``, which
nobody can own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Final

import orjson

from app.engine.lead import Lead
from app.intake.body import read_object
from app.intake.normalise import normalise
from bench.clock import NOON

_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN: Final = "小满知夏一帆星野清和云舒景行子涵若溪嘉禾思远明朗书瑶初晴望舒以宁念安怀瑾听雨"
_BRAND: Final = (
    "梧桐云帆禾欣拾光浮海青松鼎新恒远启明瑞丰博雅华信天成金石东方和泰永安智联创维宏图锦绣中兴百川万象千里长风"
    "飞鸿玉兰丹桂紫荆银杏白杨蓝天碧水春晖秋实朝阳晨曦星河月华岳麓昆仑太湖洞庭"
)
_TRADES_ZH: Final = (
    ("软件", "软件", "it"),
    ("云计算", "互联网", "it"),
    ("机械制造", "机械", "manufacturing"),
    ("汽车零部件", "汽配", "automotive"),
    ("医疗器械", "医疗", "health"),
    ("金融服务", "金融", "finance"),
    ("电子商务", "零售", "retail"),
    ("教育科技", "教育", "education"),
    ("新能源", "能源", "energy"),
    ("物流", "物流", "logistics"),
)
_PLACES_ZH: Final = (
    ("上海", "上海市", "上海"),
    ("江苏", "江苏省", "苏州"),
    ("江苏", "江苏", "南京"),
    ("浙江", "浙江省", "杭州市"),
    ("浙江", "浙江", "宁波"),
    ("广东", "广东省", "深圳市"),
    ("广东", "广东", "广州"),
    ("北京", "北京市", "北京"),
    ("天津", "天津", "天津市"),
    ("山东", "山东省", "青岛"),
    ("四川", "四川", "成都"),
    ("湖北", "湖北省", "武汉市"),
    ("陕西", "陕西省", "西安"),
    ("福建", "福建", "厦门"),
)
_TITLES_ZH: Final = ("采购经理", "总经理", "信息部主任", "运营总监", "工程师", "市场专员", None)
_NEEDS_ZH: Final = (
    "想把现有系统换掉，本季度内定供应商，请尽快联系并发送报价单",
    "三条产线改造，需要现场勘查，预算已批",
    "先了解一下产品，明年再做计划",
    "集团统一采购，涉及十二家分公司，需要私有化部署方案",
    "展会上聊过，请发一份案例资料",
)
_FORMS_ZH: Final = ("有限公司", "股份有限公司", "科技有限公司", "集团有限公司")

_FIRST: Final = (
    "Anna", "Jonas", "Freja", "Elias", "Priya", "Lucie", "Maya", "Owen", "Clara", "Noah", "Greta", "Mikko", "Åsa",
    "Siobhán", "Tomás", "Ingrid", "Pavel", "Marta", "Kofi", "Leila", "Ravi", "Hana", "Diego", "Zoë", "Björn",
    "Amélie", "Niamh", "Luca", "Sofia", "Ewan",
)  # fmt: skip
_SYLLABLES: Final = (
    "bar", "cal", "dor", "fen", "gal", "hol", "jun", "kor", "lan", "mar", "nor", "pel", "quin", "ros", "sol", "tav",
    "ul", "ver", "wes", "xan", "yor", "zel", "bri", "cro", "dra", "fla", "gri", "kna", "pra", "sto", "tri", "vas",
    "wel",
)  # fmt: skip
_TRADES_EN: Final = (
    ("Software", "saas"),
    ("Robotics", "machinery"),
    ("Motors", "car parts"),
    ("Pharma", "pharmaceuticals"),
    ("Capital", "banking"),
    ("Retail", "retail"),
    ("Learning", "university"),
    ("Energy", "utilities"),
    ("Freight", "logistics"),
)
_PLACES_EN: Final = (
    ("Germany", "Bayern", "München", "de", "GmbH", "+4915"),
    ("Germany", "Berlin", "Berlin", "de", "AG", "+4916"),
    ("Sweden", None, "Göteborg", "sv", "AB", "+4670"),
    ("United Kingdom", None, "London", "en-GB", "Ltd", "+4477"),
    ("France", None, "Lyon", "fr", "SAS", "+336"),
    ("Spain", None, "Madrid", "es", "SL", "+346"),
    ("USA", "California", "San Diego", "en-US", "Inc.", "+16192"),
    ("USA", "New York", "Buffalo", "en-US", "LLC", "+17162"),
    ("Canada", "Ontario", "Toronto", "en", "Inc.", "+14162"),
    ("Australia", None, "Melbourne", "en", "Pty Ltd", "+614"),
    ("Singapore", None, "Singapore", "en", "Pte Ltd", "+659"),
    ("Japan", None, "Osaka", "ja", "KK", "+8190"),
)
_DIGITS: Final = {"+4915": 9, "+4916": 9, "+4670": 7, "+4477": 8, "+336": 8, "+346": 8, "+16192": 6, "+17162": 6,
                  "+14162": 6, "+614": 8, "+659": 7, "+8190": 8}  # fmt: skip
_NOWHERE: Final = dict.fromkeys(("phone", "country", "region", "city"))
_NOWHERE_SHARE: Final = 0.06
"""How many leads say nothing of where they are: what the last rules are for."""
_TITLES_EN: Final = ("Head of Operations", "CTO", "Buyer", "Head of Quality", "Engineer", "Student", None)
_NEEDS_EN: Final = (
    "We are replacing our current system this quarter and want three offers to compare.",
    "Two new production lines, site visit needed; the budget is approved.",
    "Just looking around for now, please send a brochure.",
    "Group-wide purchase for twelve subsidiaries, on-premises, security review first.",
    "We spoke at the fair; please send the case study you mentioned.",
)
_SOURCES: Final = (
    ("website", "web form", "官网"),
    ("ads", "百度推广", "google ads"),
    ("trade-fair", "展会", "expo"),
    ("referral", "转介绍", "word of mouth"),
    ("webinar", "webinar", "直播"),
    ("partner-portal", "partner", "渠道"),
)
_OFTEN: Final = (9, 5, 2, 2, 1, 1)
_BUDGETS_ZH: Final = ("8万", "50万", "120,000", "200万", "30w", "¥ 1,500,000", 60000, None)
_BUDGETS_EN: Final = ("120.000 €", "$80k", "£250k", "450 000", 35000, "1.2m USD", 9000, None)
_SIZES: Final = (8, "10-50", 120, "450", "1,200", 2600, 9000, None)
_LEVELS: Final = (("high", "medium", "low"), ("高", "中", "低"))


@dataclass(frozen=True, slots=True)
class Sender:
    """Leads without end. ``first`` is the number of the first: two senders with far-off numbers never meet."""

    seed: int = 1
    first: int = 0

    def fields(self) -> Iterator[dict[str, Any]]:
        """Leads as a sender's JSON has them; a field that a lead has not is left out."""
        chance = Random(self.seed)  # noqa: S311  the same leads each time is what is wanted
        for number in count(self.first):
            lead = _chinese(number, chance) if chance.random() < 0.5 else _other(number, chance)
            if chance.random() < _NOWHERE_SHARE:
                lead |= _NOWHERE
            yield {name: value for name, value in lead.items() if value is not None}

    def bodies(self) -> Iterator[bytes]:
        """The same as JSON."""
        return map(orjson.dumps, self.fields())

    def read(self) -> Iterator[Lead]:
        """The same as the service reads them."""
        for body in self.bodies():
            yield normalise(read_object(body).fields, received_at=NOON)


def _scrambled(number: int, digits: int) -> str:
    """The number as so many digits, each number other ones, and neighbours far apart. For up to ``10 ** digits``."""
    size: int = 10**digits
    return str(number * 7_368_787 % size).zfill(digits)


def _word(number: int) -> str:
    """A word of its own for each number: three or more syllables, and neighbours unlike each other."""
    size = len(_SYLLABLES)
    low = number % size**3 * 8_191 % size**3
    parts = [_SYLLABLES[low % size], _SYLLABLES[low // size % size], _SYLLABLES[low // size**2]]
    rest = number // size**3
    while rest:
        parts.append(_SYLLABLES[rest % size])
        rest //= size
    return "".join(parts)


def _common(number: int, chance: Random) -> dict[str, Any]:
    levels = chance.choice(_LEVELS)
    source = chance.choices(_SOURCES, _OFTEN)[0]
    return {
        "external_id": f"crm-{number}",
        "source": chance.choice(source),
        "employees": chance.choice(_SIZES),
        "intent": chance.choices(levels, (3, 4, 3))[0],
        "urgency": chance.choices(levels, (2, 4, 4))[0],
    }


def _chinese(number: int, chance: Random) -> dict[str, Any]:
    size = len(_BRAND)
    brand = _BRAND[number % size] + _BRAND[number // size * 31 % size] + _BRAND[number // size**2 % size]
    place, region, city = chance.choice(_PLACES_ZH)
    trade, industry, slug = chance.choice(_TRADES_ZH)
    name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=2))
    domain = f"{slug}-{_word(number)}.example"
    return _common(number, chance) | {
        "name": name,
        "title": chance.choice(_TITLES_ZH),
        "email": f"{_word(number)[:6]}@{domain}",
        "phone": f"13{_scrambled(number, 9)}",
        "company": f"{place}{brand}{trade}{_word(number)[:3].upper()}{chance.choice(_FORMS_ZH)}",
        "country": chance.choice(("中国", "CN", None)),
        "region": region,
        "city": city,
        "industry": industry,
        "budget": chance.choice(_BUDGETS_ZH),
        "language": "zh",
        "need": chance.choice(_NEEDS_ZH),
    }


def _other(number: int, chance: Random) -> dict[str, Any]:
    country, region, city, language, form, dialled = chance.choice(_PLACES_EN)
    trade, industry = chance.choice(_TRADES_EN)
    word = _word(number)
    first, last = chance.choice(_FIRST), _word(number * 3 + 1)[:8].title()
    return _common(number, chance) | {
        "name": f"{first} {last}",
        "title": chance.choice(_TITLES_EN),
        "email": f"{last.lower()}@{word}-{trade.lower()}.example",
        "phone": dialled + _scrambled(number, _DIGITS[dialled]),
        "company": f"{word.title()} {trade} {form}",
        "country": country,
        "region": region,
        "city": city,
        "industry": industry,
        "budget": chance.choice(_BUDGETS_EN),
        "language": language,
        "need": chance.choice(_NEEDS_EN),
    }
