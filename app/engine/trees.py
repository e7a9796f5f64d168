"""Where does a region or an industry stand, and what lies above and below it?

Regions are ISO codes, whose parents follow from their shape (``CN-JS.suzhou`` lies in ``CN-JS``, that in ``CN``, that
in ``world``), and the policy's territories, which gather codes of any kind. Industries are the policy's alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.engine.codes import COUNTRIES, WORLD, iso_code, iso_path
from app.engine.problems import suggest
from app.engine.text import slug, squeeze

DEEPEST: Final = 32
"""Levels of territories, or of industries, within each other that a policy may have."""
_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Territory:
    """A region of the policy's own making. ``contains`` holds canonical ISO codes and codes of territories."""

    code: str
    name: str
    contains: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """By language tag."""


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry of the policy; ``parent`` is the code of the one above."""

    code: str
    name: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the nodes of a tree, and at which: ``index`` among the nodes, ``key`` within the node."""

    index: int
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Below:
    """Which stored codes lie at or below a region: those in ``codes``, and those that start with a prefix."""

    codes: frozenset[str]
    prefixes: tuple[str, ...]

    def __contains__(self, code: str) -> bool:
        return code in self.codes or code.startswith(self.prefixes)


class RegionTree:
    """All regions, with the policy's territories laid over the ISO codes.

    A territory stands above what it contains and below what all that lies in: 华东, made of provinces of China, is
    itself in China; one of provinces of two countries is in neither, and its provinces stay in theirs.
    """

    __slots__ = ("_above", "_divided", "_known", "_paths", "territories")

    territories: Mapping[str, Territory]

    def __init__(self, territories: Iterable[Territory] = ()) -> None:
        """Raise ValueError if :func:`region_faults` finds any."""
        listed = tuple(territories)
        for fault in region_faults(listed):
            raise ValueError(f"regions[{fault.index}].{fault.key}: {fault.message}")
        self.territories = {territory.code: territory for territory in listed}
        self._above = {code: territory.code for territory in listed for code in territory.contains}
        self._divided = {code.partition("-")[0] for code in self._above if "-" in code}
        self._known = _names_to_codes(listed)
        self._paths: dict[str, tuple[str, ...]] = {}

    def divides(self, country: str | None) -> bool:
        """Whether territories tell places of a country apart; of one that is not known (None): any country's."""
        return bool(self.territories) if country is None else country in self._divided

    def resolve(self, text: str) -> str | None:
        """Return the territory that a text means, by code, name or alias, whatever its case and width."""
        return self._known.get(squeeze(text))

    def node(self, text: str) -> str | None:
        """Return the code of the node that a policy or a filter means: a territory's, or an ISO code in any case."""
        return self.resolve(text) or iso_code(text)

    def nearest(self, text: str) -> str:
        """Return ``; did you mean …?`` for a text that is no node."""
        return _nearest(text, self._known, self.territories) or suggest(text.upper(), COUNTRIES)

    def path(self, code: str | None) -> tuple[str, ...]:
        """Return the node and all above it, narrowest first, up to ``world``; nothing for None and unknown codes."""
        if code is None:
            return ()
        path = self._paths.get(code)
        if path is None:
            if len(self._paths) >= _REMEMBERED:
                self._paths.clear()
            path = self._paths[code] = self._find_path(code)
        return path

    def _find_path(self, code: str) -> tuple[str, ...]:
        territory = self.territories.get(code)
        if territory is not None:
            return self._territory_path(territory)
        canonical = iso_code(code)
        if canonical is None:
            return ()
        steps: list[str] = []
        for step in iso_path(canonical):
            steps.append(step)
            steps.extend(self._territories_above(step))
        # A territory that gathers both a province and its country comes above the wider of the two.
        return tuple(reversed(dict.fromkeys(reversed(steps))))

    def _territories_above(self, code: str) -> Iterator[str]:
        above = self._above.get(code)
        while above is not None:
            yield above
            above = self._above.get(above)

    def _territory_path(self, territory: Territory) -> tuple[str, ...]:
        if not territory.contains:
            return (territory.code, *self._territories_above(territory.code), WORLD)
        first, *others = (self.path(code) for code in territory.contains)
        above = first[first.index(territory.code) + 1 :]
        return (territory.code, *(code for code in above if all(code in other for other in others)))

    def below(self, code: str) -> Below:
        """Return what lies at or below a node, as history filters need it: exact codes, and prefixes of ISO codes."""
        if code == WORLD:
            return Below(frozenset(), ("",))
        canonical = code if code in self.territories else iso_code(code)
        if canonical is None:
            return Below(frozenset({code}), ())
        codes = {canonical, *(other for other in self.territories if canonical in self.path(other))}
        waiting = list(codes)
        while waiting:
            territory = self.territories.get(waiting.pop())
            if territory is not None:
                new = set(territory.contains) - codes
                codes |= new
                waiting.extend(new)
        iso = sorted(codes - self.territories.keys())
        prefixes = [f"{one}{mark}" for one in iso for mark in (() if "." in one else ("." if "-" in one else "-."))]
        return Below(frozenset(codes), tuple(prefixes))


def region_faults(territories: Sequence[Territory]) -> Iterator[Fault]:
    """Yield what keeps these from being a tree: codes given twice, unknown ones, two parents, circles."""
    yield from _repeated(territories)
    known = {territory.code for territory in territories}
    above: dict[str, str] = {}
    for index, territory in enumerate(territories):
        for place, code in enumerate(territory.contains):
            key = f"contains[{place}]"
            if code == WORLD:
                yield Fault(index, key, "the world contains everything, so no territory contains it; leave it out")
            elif code not in known and iso_code(code) != code:
                hint = suggest(code, known) or suggest(code.upper(), COUNTRIES)
                message = f'"{code}" is neither a territory of this policy nor an ISO 3166 code such as CN or CN-SH'
                yield Fault(index, key, message + hint)
            elif (other := above.setdefault(code, territory.code)) != territory.code:
                message = (
                    f'"{code}" is in "{other}" already, and a region has one parent; take it out of one of the two'
                )
                yield Fault(index, key, message)
    codes = [territory.code for territory in territories]
    circles = list(_circles(codes, above))
    for index, circle in circles:
        yield Fault(
            index, "contains", f"regions contain each other in a circle: {' in '.join(circle)}; break the circle"
        )
    if not circles:
        yield from _too_deep(codes, above, "code")


def industry_faults(industries: Sequence[Industry]) -> Iterator[Fault]:
    """Yield what keeps these from being a tree: codes given twice, unknown parents, circles."""
    yield from _repeated(industries)
    known = {industry.code for industry in industries}
    above: dict[str, str] = {}
    for index, industry in enumerate(industries):
        if industry.parent is not None and industry.parent not in known:
            message = f'"{industry.parent}" is not an industry of this policy{suggest(industry.parent, known)}'
            yield Fault(index, "parent", message)
        elif industry.parent is not None:
            above[industry.code] = industry.parent
    codes = [industry.code for industry in industries]
    circles = list(_circles(codes, above))
    for index, circle in circles:
        yield Fault(
            index, "parent", f"industries are each other's parents in a circle: {' in '.join(circle)}; break the circle"
        )
    if not circles:
        yield from _too_deep(codes, above, "parent")


def _circles(codes: Sequence[str], above: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each circle once, at the first of its nodes."""
    places = {code: index for index, code in reversed(list(enumerate(codes)))}
    done: set[str] = set()
    for index, start in enumerate(codes):
        walked: dict[str, None] = {}
        code: str | None = start
        while code is not None and code not in done and code not in walked:
            walked[code] = None
            code = above.get(code)
        if code is not None and code in walked:
            circle = list(walked)[list(walked).index(code) :]
            at = min((places[member] for member in circle if member in places), default=index)
            if len(circle) > DEEPEST:
                circle[DEEPEST:] = ["…"]
            yield at, [*circle, code]
        done.update(walked)


def _too_deep(codes: Sequence[str], above: Mapping[str, str], key: str) -> Iterator[Fault]:
    """Yield the first node that has more than :data:`DEEPEST` above it."""
    for index, code in enumerate(codes):
        node: str | None = code
        for _ in range(DEEPEST + 1):
            node = None if node is None else above.get(node)
        if node is not None:
            yield Fault(index, key, f'"{code}" lies more than {DEEPEST} levels deep; flatten the tree')
            return


def _repeated(nodes: Sequence[Territory | Industry]) -> Iterator[Fault]:
    """Yield codes, names and aliases that mean two nodes."""
    seen: dict[str, int] = {}
    for index, node in enumerate(nodes):
        own = [("code", node.code), ("name", node.name)]
        own += [(f"names.{language}", name) for language, name in node.names.items()]
        own += [(f"aliases[{place}]", alias) for place, alias in enumerate(node.aliases)]
        for key, text in own:
            first = seen.setdefault(squeeze(text), index)
            if first != index:
                message = f'"{text}" already means "{nodes[first].code}"; each code, name and alias means one thing'
                yield Fault(index, key, message)


def _names_to_codes(nodes: Iterable[Territory | Industry]) -> dict[str, str]:
    return {
        squeeze(text): node.code
        for node in nodes
        for text in (*node.aliases, *node.names.values(), node.name, node.code)
    }


def _nearest(text: str, known: Mapping[str, str], codes: Iterable[str]) -> str:
    return suggest(slug(text), codes) or suggest(squeeze(text), known)


_SUFFIXES: Final = ("行业", "产业", "业", " industry", " sector")
"""What may follow an industry's name without changing what it means."""
_SHORT: Final = 3
"""Names of fewer Latin letters than this may be ordinary words (``it``): they count only in texts of few words."""
_FEW_WORDS: Final = 3
_LONGEST: Final = 300
_WORDS: Final = re.compile(r"[^\W_]+")
_SPACELESS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that put no spaces between words: Han and kana."""


class IndustryTree:
    """The policy's industries, found by code, name and alias in what people write."""

    __slots__ = ("_inside", "_known", "_paths", "_resolved", "industries")

    industries: Mapping[str, Industry]

    def __init__(self, industries: Iterable[Industry] = ()) -> None:
        """Raise ValueError if :func:`industry_faults` finds any."""
        listed = tuple(industries)
        for fault in industry_faults(listed):
            raise ValueError(f"industries[{fault.index}].{fault.key}: {fault.message}")
        self.industries = {industry.code: industry for industry in listed}
        self._paths = {industry.code: tuple(self._upwards(industry.code)) for industry in listed}
        names = _names_to_codes(listed)
        self._known = {_without_suffix(name): code for name, code in names.items()} | names
        self._inside = {_spaced(name): code for name, code in self._known.items()}
        self._resolved: dict[str, str | None] = {}

    def _upwards(self, code: str | None) -> Iterator[str]:
        while code is not None:
            yield code
            code = self.industries[code].parent

    def node(self, text: str) -> str | None:
        """Return the code of the industry that a policy or a filter names: by code, name or alias, never by guess."""
        return self._known.get(squeeze(text))

    def nearest(self, text: str) -> str:
        """Return ``; did you mean …?`` for a text that is no industry."""
        return _nearest(text, self._known, self.industries)

    def path(self, code: str | None) -> tuple[str, ...]:
        """Return the industry and all above it, narrowest first; nothing for None and unknown codes."""
        return () if code is None else self._paths.get(code, ())

    def resolve(self, text: str) -> str | None:
        """Return the industry that a text means; None if none, or if it may be several.

        First the whole text as code, name or alias; else a name or alias that stands in it as whole words (in Chinese
        and Japanese, at least two characters), as in ``Software development`` or 软件开发. If several do, the one that
        lies in all the others; industries side by side are no answer.
        """
        if len(text) > _LONGEST:
            return None
        if text in self._resolved:
            return self._resolved[text]
        if len(self._resolved) >= _REMEMBERED:
            self._resolved.clear()
        squeezed = squeeze(text)
        code = self._known.get(squeezed) or self._known.get(_without_suffix(squeezed)) or self._found_in(squeezed)
        self._resolved[text] = code
        return code

    def _found_in(self, text: str) -> str | None:
        spaced = _spaced(text)
        few = len(spaced.split()) <= _FEW_WORDS
        found = {
            code
            for name, code in self._inside.items()
            if name in spaced
            and (_SPACELESS.search(name) is None or len(name) > 1)
            and (few or len(name) >= _SHORT + 2)
        }
        deepest = max(found, key=lambda code: (len(self._paths[code]), code), default=None)
        return deepest if found <= set(self.path(deepest)) else None


def _without_suffix(name: str) -> str:
    for suffix in _SUFFIXES:
        rest = name.removesuffix(suffix)
        if rest != name and len(rest) > 1:
            return rest.rstrip()
    return name


def _spaced(text: str) -> str:
    """Return the words with one space between and around, so that ``in`` finds whole words only.

    A name in a script without spaces is left as it is, to be found anywhere.
    """
    words = " ".join(_WORDS.findall(text))
    return words if _SPACELESS.search(words) and " " not in words and _SPACELESS.fullmatch(words[0]) else f" {words} "
