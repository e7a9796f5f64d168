"""What a fuzzer sends: texts made of the words that parsers look for, and valid documents with something changed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from app.engine.fields import FIELDS as POLICY_FIELDS
from app.engine.operators import OPERATORS
from app.intake.normalise import FIELDS
from app.intake.units import CURRENCIES, SHARED_SIGNS, SIGNS, UNITS
from tests.engine import scene
from tests.engine.policies import sketch

SAMPLES = Path(__file__).parents[2] / "app" / "samples"

# --- texts ------------------------------------------------------------------------------------------------------------

_WORDS_OF_TEXTS = """
0 1 9 12 50 007 138 2025 1e5 ½ ٣ ５ 〇 一 二 两 十 百 千 万 亿 零 壹 贰 廿
. , ' ’ - – — ~ + / : ; @ # % & ( ) [ ] { } < > = _ \\ | " ` ^ ! ? * ￥ ． ， 。 、 ； ： （ ）
约 大约 about approx. over at_least 以上 左右 people 人 employees per_year /年 up to max < ≥ and bis 至 到
年 月 日 号 时 点 分 秒 上午 下午 凌晨 中午 am pm a.m. p.m. T Z UTC GMT +08:00 -0500 CST EST Jan March 3rd May
2025-03-01 2025/3/1 15/10/2025 3.3.25 14:30 14:30:59.123456789 1700000000 1700000000000 20250301
+86 +49 +1 (0) 00 86 13800138000 010 400 800 转 ext. x 分机 tel: 电话： or
ann @ acme.example a@b.example <ann@acme.example> mailto: www. https:// .com .co.uk xn--fiq228c.com localhost
[127.0.0.1] qq.com gmail.com 公司.cn 邮箱@例子.公司 .local
中国 China CN 江苏 江苏省 苏州 苏州市 上海 上海市 浦东新区 Hong Kong 香港 Berlin Deutschland Bavaria NY New York
10115 215000 TX 78701 US United States Côte d’Ivoire São Paulo İstanbul Straße Île 新疆维吾尔自治区 县 区 路
有限公司 股份 科技 集团 (上海) Ltd. GmbH & Co. KG Inc. LLC S.A. 株式会社 Limited Company the of
zh zh-CN zh_Hant en de-AT 中文 English Deutsch Mandarin klingon
true false yes no 是 否 null none missing present new existing 老客户 DNC
"""
_NAMES_OF_PLACES = """
York|YORK|New York|NY|Paris|Texas|TX|London|Ontario|Bavaria|BY|DE|Germany|München|Springfield|Illinois|IL|SN|GE|Georgia
England|Kent|Ashford|GB|UK|Cambridge|Toronto|CA|BC|Victoria|Limburg|Limburg, Belgium|Luxembourg|Istanbul|TR-34|Turkey
San Jose|La Paz|Valencia|Singapore|Lima|Mexico|US-TX|Austin, TX 78701|中国|CN|CN-JS|江苏省|苏州|Suzhou|上海|浦东|昆山
吉林|吉林市|朝阳|香港|Hong Kong|中国香港|台湾|台北|澳门|Macau|江苏省苏州市|10115 Berlin, Germany|York, UK|Team South
"""
_NUMBERS_OF_PLACES = """
+86 10 62345678|+86 512 65123456|13800138000|+1 217 555 2368|217 555 2368|380 013 8000|+44 1904 123456|01904 123456
+49 30 123456|+852 2345 6789|+90 212 555 0000
"""
PIECES = [
    *UNITS, *SIGNS, *SHARED_SIGNS, *sorted(CURRENCIES)[::9], *_WORDS_OF_TEXTS.split(),
    " ", "  ", "\t", "\n", "\r\n",
    "\u3000", "\u00a0", "\u200b", "\u200d", "\ufeff", "\x00", "\x1f", "\x85", "\u2028",
    "\ud800", "\udfff", "\u0301", "\u0301" * 40, "\u0f73", "ﷺ", "ẞ", "ﬁ", "Å", "K", "Ω",
    "🙂", "👩\u200d💻", "שלום", "مرحبا",
]  # fmt: skip
"""Words, signs and oddities, from which the interesting texts are put together."""

pieces = st.lists(st.sampled_from(PIECES), max_size=10)
texts = st.one_of(
    pieces.map("".join),
    pieces.map(" ".join),
    st.text(st.characters(), max_size=40),
    st.builds(lambda piece, times, rest: piece * times + rest, st.sampled_from(PIECES), st.integers(1, 90), st.text()),
)
"""Free text: put together, random, or one piece over and over."""
plain_texts = texts.map(lambda text: text.encode(errors="replace").decode())
"""The same without lone surrogates, as it can stand in UTF-8."""

numbers = st.one_of(
    st.integers(-5, 100),
    st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**15, 10**16, 10**400, -1, 0]),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
"""Anything that JSON can carry."""

_names = st.sampled_from(re.split(r"[|\n]+", _NAMES_OF_PLACES.strip()))
_signs = st.sampled_from([" ", ", ", "，", "", " - ", "/"])
_places = _names | st.builds(lambda sign, names: sign.join(names), _signs, st.lists(_names, max_size=3))
_numbers = st.sampled_from(re.split(r"[|\n]+", _NUMBERS_OF_PLACES.strip()))
_wheres = st.fixed_dictionaries(
    {}, optional={"country": _places, "region": _places, "city": _places, "address": _places, "phone": _numbers}
)
leads = st.dictionaries(st.sampled_from(sorted(FIELDS)) | texts, values | texts, max_size=8) | _wheres
"""What a sender may call a lead: the contract's fields and others, with anything in them, or places that disagree."""

# --- documents --------------------------------------------------------------------------------------------------------


def _sample(name: str) -> Any:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.glob(f"*/{name}.yaml"))]


POLICIES: list[Any] = [scene.POLICY, sketch(), *_sample("policy")]
ROSTERS: list[Any] = _sample("roster")

_WORDS = [
    *POLICY_FIELDS, *OPERATORS, "attributes.a", "attributes.a.b", "all", "any", "not", "timezone", "Asia/Shanghai",
    "team", "rep", "reps", "owner", "covering", "prefer", "by", "round_robin", "least_loaded", "claim", "nearest",
    "otherwise", "next", "queue", "even_if", "off_shift", "at_cap", "each_at_most", "per_day", "weight", "members",
    "24h", "0h", "9d", "mon", "mon-fri", "09:00-18:00", "24:00-24:00", "22:00-06:00", "CN", "CN-SH", "DE-BY", "east",
    "it", "A", "2026-10-01", "2026-10-01T09:00:00+08:00", "9999-12-31", "0001-01-01", "*", "a*b?c", "everyone",
]  # fmt: skip
words = st.sampled_from(_WORDS)
inserts = st.recursive(
    words | scalars | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | texts, inner, max_size=3),
    max_leaves=6,
)
"""What may stand where it should not."""


def places(document: Any) -> list[tuple[Any, Any]]:
    """Every container in a document with each of its keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        around = waiting.pop()
        keys: Iterator[Any] = iter(around) if isinstance(around, dict) else iter(range(len(around)))
        for key in keys:
            found.append((around, key))
            if isinstance(around[key], dict | list):
                waiting.append(around[key])
    return found


@st.composite
def changed(draw: st.DrawFn, documents: list[Any]) -> Any:
    """One of the documents, with up to five of its parts replaced, removed, doubled, renamed or put elsewhere."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 5))):
        spots = places(document)
        if not spots:
            break
        around, key = spots[draw(st.integers(0, len(spots) - 1))]
        other, there = spots[draw(st.integers(0, len(spots) - 1))]
        match draw(st.sampled_from(["replace", "remove", "double", "rename", "move"])):
            case "replace":
                around[key] = draw(inserts)
            case "remove":
                del around[key]
            case "double" if isinstance(around, list):
                around.insert(key, copy.deepcopy(around[key]))
            case "rename" if isinstance(around, dict):
                around[draw(words | texts)] = around.pop(key)
            case _:
                around[key] = copy.deepcopy(other[there])
    return document


@st.composite
def mistyped(draw: st.DrawFn, sources: st.SearchStrategy[bytes]) -> bytes:
    """A text with some of its bytes taken out, doubled, moved or replaced: what an editor's slip leaves behind."""
    data = bytearray(draw(sources))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 12))
        piece = draw(st.sampled_from([*_SLIPS, bytes(data[at : at + size])]))
        data[at : at + draw(st.sampled_from([0, 0, 1, size]))] = piece
    return bytes(data)


_SLIPS = [
    b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3", b"\t", b"\r", b"\n", b" ", b"  ", b'"',
    b"'", b"\\", b"\\u", b"\\ud800", b"\\u0000", b"{", b"}", b"[", b"]", b",", b":", b": ", b"- ", b"? ",
    b"&a ", b"*a", b"<<: ", b"!!int ", b"!x ", b"|", b">", b"#", b"%YAML 1.1\n", b"---\n", b"...\n", b"1e999",
    b"NaN", b"-", b"0x", b".inf", b"~", b"9" * 30, b"\xd6\xd0", b"[" * 70, b"{" * 70, b'{"a":' * 70,
]  # fmt: skip
