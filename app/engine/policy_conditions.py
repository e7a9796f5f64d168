"""How is a condition written in a policy document, and what does it compile to?

An object whose entries must all hold: ``all``, ``any``, ``not``, and fields with a test each. A test is a value, a list
of values, ``missing`` or ``present``, or an object of operators that must all hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from app.engine.conditions import ALWAYS, Among, AnyOf, Condition, FieldTest, Not, Presence, Range, all_of, conjuncts
from app.engine.fields import ATTRIBUTES, FIELDS, Field, Kind, Stage, field_named
from app.engine.operands import Asked, Refused, Vocabulary, zone_named
from app.engine.operators import OPERATORS
from app.engine.policy_reader import Reader
from app.engine.problems import at, shown, suggest

_JOINING: Final = ("all", "any", "not")
_PRESENCE: Final = ("missing", "present")
_TIMEZONE: Final = "timezone"
_NOT_YET: Final = {
    "score": "score is not known here: screening and scoring come before it; ask about it in tiers or rules",
    "tier": "tier is not known here: screening, scoring and the tiers come before it; ask about it in rules",
}


def read_condition(reader: Reader, document: object, where: str, words: Vocabulary, stage: Stage) -> Condition:
    """Return the condition that a document describes, asking only what is known at ``stage``.

    Errors go to the reader; what is returned then is of no use.
    """
    if not isinstance(document, Mapping):
        reader.fail(where, f"{shown(document)} stands where a condition should; write it as {{field: test}}")
        return ALWAYS
    before = len(reader.errors)
    parts: list[Condition] = []
    for raw, value in document.items():
        key = reader.key(raw, where)
        if key is None:
            continue
        if key in _JOINING:
            parts.append(_joined(reader, key, value, at(where, key), words, stage=stage))
            continue
        field = _field(reader, key, where, stage)
        if field is not None:
            parts.append(_test(reader, field, value, at(where, key), words))
    condition = all_of(parts)
    if len(reader.errors) == before:
        _refuse_impossible(reader, condition, where)
    return condition


def read_field(reader: Reader, value: object, where: str, stage: Stage) -> Field | None:
    """Return the field of this name if it is known at ``stage``; else note why not."""
    name = reader.text(value, where)
    if not name:
        return None
    field = field_named(name)
    if field is None:
        reader.fail(where, _no_field(name))
    elif field.stage > stage:
        reader.fail(where, _NOT_YET[name])
    else:
        return field
    return None


def _field(reader: Reader, name: str, where: str, stage: Stage) -> Field | None:
    return read_field(reader, name, at(where, name), stage)


def _no_field(name: str) -> str:
    hint = suggest(name, [*FIELDS, *_JOINING])
    return f"unknown field {shown(name)}{hint or f'; for a field of your own write {ATTRIBUTES}{name[:40]}'}"


def _joined(reader: Reader, key: str, value: object, where: str, words: Vocabulary, *, stage: Stage) -> Condition:
    if key == "not":
        inner = read_condition(reader, value, where, words, stage)
        if inner is ALWAYS and value == {}:
            reader.fail(where, "not of an empty condition never holds; put a condition in it")
        return Not(inner)
    parts = [read_condition(reader, item, place, words, stage) for place, item in reader.items(value, where)]
    if isinstance(value, list | tuple) and not value:
        reader.fail(
            where, f"an empty {key} {'never' if key == 'any' else 'always'} holds; list conditions, or leave it out"
        )
    if key == "all" or not parts:
        return all_of(parts)
    if any(part is ALWAYS for part in parts):
        return ALWAYS
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _test(reader: Reader, field: Field, value: object, where: str, words: Vocabulary) -> Condition:
    asked = Asked(field, words)
    match value:
        case None:
            reader.fail(where, 'a test is missing; to ask for leads without a value write "missing"')
        case "missing" | "present":
            return _operator(reader, str(value), True, where, asked)
        case Mapping():
            return _operators(reader, field, value, where, words)
        case list() | tuple():
            if any(one in _PRESENCE for one in value if isinstance(one, str)):
                reader.fail(where, '"missing" and "present" stand alone, not in a list; use any: [...] to combine them')
            return _operator(reader, "within" if field.kind is Kind.TREE else "any_of", value, where, asked)
        case _:
            return _operator(reader, "within" if field.kind is Kind.TREE else "equals", value, where, asked)
    return ALWAYS


def _operators(reader: Reader, field: Field, tests: Mapping[Any, object], where: str, words: Vocabulary) -> Condition:
    zone = None
    if _TIMEZONE in tests:
        name = tests[_TIMEZONE]
        zone = reader.attempt(at(where, _TIMEZONE), lambda: zone_named(name), None)
    asked = Asked(field, words, zone)
    parts: list[Condition] = []
    for raw, operand in tests.items():
        key = reader.key(raw, where)
        if key is None or key == _TIMEZONE:
            continue
        place = at(where, key)
        if key == "not" and isinstance(operand, Mapping):
            parts.append(Not(_operators(reader, field, operand, place, words)))
        elif key == "not" and operand in _PRESENCE:
            parts.append(_operator(reader, str(operand), False, place, asked))
        elif operand is None:
            reader.fail(place, f"{key} has no value; give one")
        elif key not in OPERATORS:
            hint = suggest(key, OPERATORS) or f"; for {field.name} there is {', '.join(_fitting(field))}"
            reader.fail(place, f"unknown operator {shown(key)}{hint}")
        else:
            if OPERATORS[key].needs_zone and _TIMEZONE not in tests:
                message = f"{key} depends on where one is; add a timezone beside it, such as timezone: Asia/Shanghai"
                reader.fail(place, message)
            parts.append(_operator(reader, key, operand, place, asked))
    if not tests.keys() - {_TIMEZONE}:
        reader.fail(where, "an empty test asks nothing; give an operator, or leave the field out")
    return all_of(parts)


def _fitting(field: Field) -> list[str]:
    return [name for name, operator in OPERATORS.items() if field.kind in operator.kinds]


def _operator(reader: Reader, name: str, operand: object, where: str, asked: Asked) -> Condition:
    operator, field = OPERATORS[name], asked.field
    if field.kind not in operator.kinds:
        fitting = ", ".join(_fitting(field))
        reader.fail(where, f"{name} does not fit {field.name}, which is {_A[field.kind]}; there is {fitting}")
        return ALWAYS
    if field.name == "now" and name in {"within_last", "older_than", *_PRESENCE}:
        reader.fail(where, f"{name} makes no sense of now; use before, after, date, weekday or hour")
        return ALWAYS
    try:
        return FieldTest(field, name, operand, operator.check(operator.read(operand, asked), asked))
    except Refused as refused:
        reader.fail(where + refused.at, refused.message)
        return ALWAYS


_A: Final = {
    Kind.TEXT: "a text",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.TIME: "a time",
    Kind.TREE: "a place in a tree",
    Kind.ANY: "of any kind",
}


def _refuse_impossible(reader: Reader, condition: Condition, where: str) -> None:
    """Note tests of one field that cannot all hold."""
    tests: dict[str, list[FieldTest]] = defaultdict(list)
    for part in conjuncts(condition):
        if isinstance(part, FieldTest):
            tests[part.field.name].append(part)
    for name, listed in tests.items():
        if len(listed) > 1 and (why := _contradiction(listed)):
            reader.fail(where, f"this can never hold: {name} {why}; mend or remove one of its tests")


def _contradiction(tests: list[FieldTest]) -> str | None:
    missing = [test for test in tests if test.check == Presence(present=False)]
    negative = [test for test in tests if test.operator in {"not", "none_of"}]
    if missing and len(missing) + len(negative) < len(tests):
        return "would have to be missing and have a value"
    inside = Range()
    allowed: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    for test in tests:
        match test.check:
            case Range() as wanted:
                inside = inside.narrowed_by(wanted)
            case Among(keys, negated=True):
                refused |= keys
            case Among(keys):
                # A lead can be in several nodes of a tree at once, but a text is one text.
                allowed = keys if allowed is None or test.field.kind is Kind.TREE else allowed & keys
    if inside.empty:
        return f"would have to lie between {inside.low} and {inside.high}"
    if allowed is not None and allowed <= refused:
        return "has no value left that it could be"
    return None
