"""What the documentation shows can be done, can be done; and what a policy can say is in the documentation."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.channels.kinds import CHANNELS
from app.commands import names
from app.engine import policy_document, policy_rules, policy_words, policy_worth, rep_reader
from app.engine.explain import Language as Spoken
from app.engine.fields import FIELDS
from app.engine.operators import OPERATORS
from app.engine.policy import Otherwise, Strategy
from app.engine.policy_document import compile_policy
from app.engine.roster import DIMENSIONS, WINDOWS, Roster
from app.engine.roster_document import check_roster, read_roster
from app.intake import mapping_document
from app.intake.calendars import known_calendar
from app.intake.documents import read_document
from app.intake.mapping import RECOGNISED, apply
from app.intake.recognition import claimed_by_heading

ROOT = Path(__file__).parents[2]
PAGES = (*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("README*.md")))
POLICY_PAGES = ("docs/policy.md", "docs/policy.zh-CN.md")
MAPPING_PAGES = ("docs/mapping.md", "docs/mapping.zh-CN.md")
ROSTER_PAGES = ("docs/roster.md", "docs/roster.zh-CN.md")
RECEIVER_PAGES = ("docs/receivers.md", "docs/receivers.zh-CN.md")

# What fragments may name: the words that the pages define in one place and use in others.
AROUND: dict[str, Any] = {
    "currency": "CNY",
    "regions": [
        {"code": "east-china", "name": "华东", "contains": ["CN-SH", "CN-JS", "CN-ZJ"]},
        {"code": "south-china", "name": "华南", "contains": ["CN-GD", "CN-GX", "CN-HI"]},
        {"code": "dach", "name": "DACH", "contains": ["DE", "AT", "CH"]},
    ],
    "industries": [
        {"code": "it", "name": "IT"},
        {"code": "cloud", "parent": "it"},
        {"code": "manufacturing", "name": "制造业"},
    ],
    "tiers": [{"tier": "A", "when": {"score": {"at_least": 12}}}, {"tier": "B"}],
    "rules": [{"name": "everyone", "assign": {"team": "everyone"}}],
}

_BLOCK = re.compile(
    r"(?:<!-- example: (?P<kind>[\w ]+) -->\n\n?)?(?P<indent> *)```ya?ml\n(?P<text>.*?)\n(?P=indent)```", re.DOTALL
)


@dataclass(frozen=True)
class Example:
    page: str
    line: int
    kind: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def read(self) -> Any:
        return read_document(self.text.encode(), "application/yaml", name=str(self))


def examples() -> Iterator[Example]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start("text")) + 1
            yield Example(str(page.relative_to(ROOT)), line, found["kind"], found["text"])


def policy(document: object) -> None:
    compiled = compile_policy(document)
    assert compiled.policy is not None, compiled.errors


def part(document: dict[str, Any]) -> None:
    """Some keys of a policy."""
    policy({**AROUND, **document})


def rules(document: list[Any]) -> None:
    policy({**AROUND, "rules": document})


def rule(document: dict[str, Any]) -> None:
    """One rule, or some of its keys."""
    rules([{"name": "a rule", "assign": {"team": "everyone"}, **document}])


def condition(document: dict[str, Any]) -> None:
    rule({"when": document})


def roster(document: object) -> None:
    read = read_roster(document, known_calendar=known_calendar)
    assert read.value is not None, read.errors
    checked = check_roster(Roster(dict(read.value.reps), dict(read.value.teams)))
    assert not checked.errors, checked.errors


def rep(document: dict[str, Any]) -> None:
    """Some keys of a rep."""
    roster({"reps": {"a-rep": {"name": "A Rep", **document}}})


def both(document: dict[str, Any]) -> None:
    """A roster and rules that name its reps and teams."""
    read = read_roster({key: document[key] for key in ("reps", "teams") if key in document})
    assert read.value is not None, read.errors
    known = Roster(dict(read.value.reps), dict(read.value.teams))
    compiled = compile_policy(
        {**AROUND, **{k: v for k, v in document.items() if k not in ("reps", "teams")}}, roster=known
    )
    assert compiled.policy is not None, compiled.errors


def mapped(document: dict[str, Any]) -> None:
    """A mapping, a tree, and the fields that it gives."""
    mapping = mapping_document.read_mapping(document.get("mapping", {}))
    assert apply(mapping, document["tree"]).fields == document["gives"]


def receiver(document: dict[str, Any]) -> None:
    """What is set of a receiver."""
    assert set(document) == {"kind", "settings"}
    CHANNELS[document["kind"]].settings.model_validate(document["settings"])


def other(document: object) -> None:
    """Something else that is YAML: it was read, and that is all that can be asked of it here."""


KINDS: dict[str, Callable[[Any], object]] = {
    "policy": policy,
    "policy part": part,
    "rules": rules,
    "rule": rule,
    "condition": condition,
    "roster": roster,
    "rep": rep,
    "roster and rules": both,
    "mapping": mapping_document.read_mapping,
    "mapped": mapped,
    "receiver": receiver,
    "other": other,
}


@pytest.mark.parametrize("example", list(examples()), ids=str)
def test_every_example_in_the_documentation_is_read_and_compiles(example: Example) -> None:
    assert example.kind in KINDS, f"{example}: say before the block what it is, as <!-- example: rule -->"
    if example.kind == "other":
        list(yaml.safe_load_all(example.text))
    else:
        KINDS[example.kind](example.read())


@pytest.mark.parametrize("page", POLICY_PAGES)
def test_every_condition_in_the_table_of_operators_compiles(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    shown = [span for row in rows for span in re.findall(r"`(\{[a-z_.]+: \{[^`]*\})`", row.split("|")[3:4][0])]
    assert len(shown) > 15
    for one in shown:
        asked: Any = read_document(one.encode(), "application/yaml")
        condition(asked)


def in_code(page: str) -> str:
    """All that a page shows as code."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    spans = re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *spans])


def missing(page: str, words: Iterable[str]) -> list[str]:
    shown = in_code(page)
    return sorted({word for word in words if not re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", shown)})


def policy_keys() -> set[str]:
    keys = {
        *policy_document._KEYS,
        *policy_words._REGION_KEYS,
        *policy_words._INDUSTRY_KEYS,
        *policy_words._SOURCE_KEYS,
        *policy_worth._LIMITS,
        *policy_rules._RULE_KEYS,
        *policy_rules._ASSIGN_KEYS,
        *policy_rules._REP_KEYS,
    }
    # What is read in place and stands in no table.
    keys |= {"criteria", "groups", "group", "field", "points", "bands", "at_least", "tier", "first_contact_within"}
    keys |= {"all", "any", "not", "timezone"}
    return keys


@pytest.mark.parametrize("page", POLICY_PAGES)
def test_every_key_of_a_policy_is_documented(page: str) -> None:
    assert missing(page, policy_keys()) == []


@pytest.mark.parametrize("page", POLICY_PAGES)
def test_every_word_that_a_policy_can_use_is_documented(page: str) -> None:
    excuses = ("off_shift", "holiday", "at_cap")
    assert missing(page, [*Strategy, *Otherwise, *excuses, *DIMENSIONS, *WINDOWS]) == []


@pytest.mark.parametrize("page", POLICY_PAGES)
def test_every_operator_and_every_field_is_documented(page: str) -> None:
    assert missing(page, [*OPERATORS, *FIELDS]) == []


@pytest.mark.parametrize("page", POLICY_PAGES)
def test_every_finding_is_documented(page: str) -> None:
    sources = [*(ROOT / "app/engine").glob("*.py"), *(ROOT / "app/lane").glob("*.py")]
    codes = {
        code
        for source in sources
        for code in re.findall(r'(?:Finding|reader\.note)\(\s*"([a-z_]+)"', source.read_text(encoding="utf-8"))
    }
    assert len(codes) > 10
    assert missing(page, codes) == []


@pytest.mark.parametrize("page", MAPPING_PAGES)
def test_every_key_of_a_mapping_is_documented(page: str) -> None:
    assert missing(page, [*mapping_document.KEYS, *mapping_document.SOURCE_KEYS]) == []


@pytest.mark.parametrize(("page", "language"), [("docs/names.md", "en"), ("docs/names.zh-CN.md", "zh")])
def test_the_names_that_are_listed_are_those_that_are_recognised(page: str, language: Spoken) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == names.page(language), "lead-router names --write"
    listed: dict[str, set[str]] = {}
    for field, _, shown in re.findall(r"^\| `(\w+)` \| ([^|]*) \| (.*) \|$", text, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", shown):
            claim = claimed_by_heading(name)
            assert claim is not None, name
            assert claim.field == field, name
            listed.setdefault(field, set()).add(name)
    assert listed.keys() == RECOGNISED - {"tier"}


@pytest.mark.parametrize("page", ROSTER_PAGES)
def test_every_key_of_the_roster_is_documented(page: str) -> None:
    keys = {*rep_reader.REP_KEYS, *rep_reader.COVERS, *rep_reader.CAPS, "members", "rep", "weight", "from", "to"}
    assert missing(page, keys) == []


@pytest.mark.parametrize("page", RECEIVER_PAGES)
def test_every_kind_of_receiver_its_settings_secrets_and_events_are_documented(page: str) -> None:
    words = {word for channel in CHANNELS.values() for word in (channel.kind, *channel.secrets, *channel.events)}
    words |= {setting for channel in CHANNELS.values() for setting in channel.settings.model_fields}
    assert missing(page, words) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:app|migrations|tests|docs)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
