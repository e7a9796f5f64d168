"""Where does a region or an industry stand, and what lies above and below it?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.codes import COUNTRIES, iso_code, iso_path
from app.engine.trees import (
    DEEPEST,
    Industry,
    IndustryTree,
    RegionTree,
    Territory,
    industry_faults,
    region_faults,
)

REGIONS = RegionTree(
    [
        Territory("east-china", "华东", ("CN-SH", "CN-JS"), ("华东区",), {"en": "East China"}),
        Territory("coast", "沿海", ("east-china", "CN-GD")),
        Territory("apac", "APAC", ("CN", "JP")),
        Territory("bay-area", "大湾区", ("CN-GX", "HK")),
        Territory("suzhou-park", "园区", ("CN-JS.suzhou",)),
        Territory("named-only", "Named only"),
        Territory("dach", "DACH", ("DE", "AT", "CH")),
        Territory("bavaria-plus", "Bavaria and Berlin", ("DE-BY", "DE-BE")),
    ]
)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        (
            "CN-JS.suzhou",
            ("CN-JS.suzhou", "suzhou-park", "CN-JS", "east-china", "coast", "CN", "apac", "world"),
        ),
        ("CN-BJ", ("CN-BJ", "CN", "apac", "world")),
        ("CN-GD", ("CN-GD", "coast", "CN", "apac", "world")),
        ("IN.mumbai", ("IN.mumbai", "IN", "world")),
        ("FR", ("FR", "world")),
        ("world", ("world",)),
        ("east-china", ("east-china", "coast", "CN", "apac", "world")),
        ("CN-GX", ("CN-GX", "bay-area", "CN", "apac", "world")),
        ("HK", ("HK", "bay-area", "world")),
        ("bay-area", ("bay-area", "world")),
        ("bavaria-plus", ("bavaria-plus", "DE", "dach", "world")),
        ("named-only", ("named-only", "world")),
        ("nowhere-known", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_a_path_leads_from_a_node_through_all_that_contains_it_to_the_world(
    code: str | None, path: tuple[str, ...]
) -> None:
    assert REGIONS.path(code) == path
    assert REGIONS.path(code) == path, "the second answer is remembered"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("华东", "east-china"),
        (" East  CHINA ", "east-china"),
        ("ＡＰＡＣ", "apac"),
        ("EAST-CHINA", "east-china"),
        ("CN", None),
        ("East", None),
        ("", None),
    ],
)
def test_what_people_write_resolves_to_a_territory_by_code_name_or_alias(text: str, code: str | None) -> None:
    assert REGIONS.resolve(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("cn-sh", "CN-SH"),
        ("华东", "east-china"),
        ("World", "world"),
        ("in.Mumbai", "IN.mumbai"),
        ("UK", None),
        ("China", None),
        ("CN-", None),
        ("CN-SHAN", None),
        ("CN-SH.", None),
        ("", None),
    ],
)
def test_a_policy_may_name_a_territory_or_an_iso_code_in_any_case(text: str, code: str | None) -> None:
    assert REGIONS.node(text) == code


@pytest.mark.parametrize(
    ("code", "inside", "outside"),
    [
        ("east-china", ["east-china", "CN-SH", "CN-JS.suzhou", "suzhou-park"], ["CN", "CN-GD", "coast", "CN-JSX"]),
        ("coast", ["coast", "east-china", "CN-SH.shanghai", "CN-GD"], ["CN-GX", "apac"]),
        ("CN", ["CN", "CN-XJ", "CN.somewhere", "CN-SH.shanghai", "east-china", "coast"], ["HK", "bay-area", "CNX"]),
        ("apac", ["apac", "JP", "JP-13.tokyo", "CN-SH", "coast"], ["DE", "world"]),
        ("CN-JS", ["CN-JS", "CN-JS.wuxi", "suzhou-park"], ["east-china", "CN-SH", "CN"]),
        ("CN-JS.suzhou", ["CN-JS.suzhou"], ["CN-JS.suzhou-new", "CN-JS", "suzhou-park"]),
        ("dach", ["DE-BY", "bavaria-plus", "AT.graz"], ["apac"]),
        ("world", ["world", "DE", "named-only", "east-china"], []),
        ("long-gone", ["long-gone"], ["CN"]),
    ],
)
def test_below_finds_stored_codes_at_and_under_a_node(code: str, inside: list[str], outside: list[str]) -> None:
    below = REGIONS.below(code)
    assert [one for one in inside if one not in below] == []
    assert [one for one in outside if one in below] == []


CODES = st.sampled_from(["CN", "CN-SH", "CN-JS", "CN-JS.suzhou", "HK", "DE", "DE-BY", "JP", "FR.paris"])


@st.composite
def forests(draw: st.DrawFn) -> list[Territory]:
    """Territories that are a tree: each contains codes and earlier territories that are in no other."""
    free = set(draw(st.sets(CODES, min_size=1)))
    territories: list[Territory] = []
    for index in range(draw(st.integers(1, 5))):
        chosen = draw(st.sets(st.sampled_from(sorted(free)), max_size=4)) if free else set()
        free = (free - chosen) | {f"t{index}"}
        territories.append(Territory(f"t{index}", f"T {index}", tuple(sorted(chosen))))
    return territories


@given(forests(), CODES)
def test_a_node_is_below_another_exactly_if_the_other_is_on_its_path(territories: list[Territory], code: str) -> None:
    assert list(region_faults(territories)) == []
    tree = RegionTree(territories)
    nodes = [*tree.territories, code, f"{code.partition('.')[0]}.elsewhere"]
    for node in nodes:
        path = tree.path(node)
        assert path[0] == node
        assert path[-1] == "world"
        assert len(set(path)) == len(path)
        for other in [*tree.territories, *iso_path(code)]:
            assert (node in tree.below(other)) == (other in path), (node, other)


@pytest.mark.parametrize(
    ("territories", "where", "what"),
    [
        ([Territory("a", "A", ("b",)), Territory("b", "B", ("a",))], (0, "contains"), "circle"),
        ([Territory("a", "A", ("a",))], (0, "contains"), "circle"),
        ([Territory("a", "A", ("CN",)), Territory("b", "B", ("CN",))], (1, "contains[0]"), "one parent"),
        ([Territory("a", "A", ("CN-SH", "XX"))], (0, "contains[1]"), "neither"),
        ([Territory("east", "A"), Territory("b", "B", ("eastt",))], (1, "contains[0]"), 'did you mean "east"?'),
        ([Territory("a", "A", ("world",))], (0, "contains[0]"), "world"),
        ([Territory("a", "A"), Territory("a", "B")], (1, "code"), "already means"),
        ([Territory("a", "A"), Territory("b", "B", (), ("Ａ",))], (1, "aliases[0]"), "already means"),
    ],
)
def test_what_is_no_tree_of_regions_is_refused_with_its_place(
    territories: list[Territory], where: tuple[int, str], what: str
) -> None:
    faults = list(region_faults(territories))
    assert [((fault.index, fault.key), what in fault.message) for fault in faults] == [(where, True)]
    with pytest.raises(ValueError, match=r"regions\["):
        RegionTree(territories)


def test_a_circle_of_industries_or_an_unknown_parent_is_refused_with_its_place() -> None:
    circle = [Industry("x", "X"), Industry("a", "A", "b"), Industry("b", "B", "c"), Industry("c", "C", "a")]
    assert [(fault.index, fault.key) for fault in industry_faults(circle)] == [(1, "parent")]
    orphan = [Industry("retail", "Retail"), Industry("a", "A", "retial")]
    (fault,) = industry_faults(orphan)
    assert (fault.index, fault.key) == (1, "parent")
    assert 'did you mean "retail"?' in fault.message


INDUSTRIES = IndustryTree(
    [
        Industry("it", "IT行业", None, ("software", "互联网", "软件", "tech & data")),
        Industry("saas", "SaaS", "it", ("cloud software",)),
        Industry("manufacturing", "制造业", None, ("factory", "工厂")),
        Industry("finance", "金融业", None, ("banking",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Software", "it"),
        ("ＩＴ", "it"),
        ("IT行业", "it"),
        ("IT services", "it"),
        ("Software development", "it"),
        ("enterprise software / consulting", "it"),
        ("Cloud software", "saas"),
        ("Cloud Software, on premises", "saas"),
        ("SaaS", "saas"),
        ("Tech & Data", "it"),
        ("tech and data", None),
        ("softwares", None),
        ("制造", "manufacturing"),
        ("制造行业", "manufacturing"),
        ("汽车制造业", "manufacturing"),
        ("软件开发", "it"),
        ("互联网金融业", None),
        ("software and banking", None),
        ("Banking industry", "finance"),
        ("We would like it very much", None),
        ("hospitality", None),
        ("", None),
        ("x " * 400 + "software", None),
    ],
)
def test_an_industry_is_found_in_what_people_write_and_never_guessed_between_two(text: str, code: str | None) -> None:
    assert INDUSTRIES.resolve(text) == code
    assert INDUSTRIES.resolve(text) == code, "the second answer is remembered"


def test_an_industrys_path_leads_up_to_its_root() -> None:
    assert INDUSTRIES.path("saas") == ("saas", "it")
    assert INDUSTRIES.path("it") == ("it",)
    assert INDUSTRIES.path("gone") == ()
    assert INDUSTRIES.path(None) == ()


def test_a_policy_names_an_industry_exactly() -> None:
    assert INDUSTRIES.node("软件") == "it"
    assert INDUSTRIES.node("Software development") is None
    assert "did you mean" in INDUSTRIES.nearest("manufactring")


def test_iso_codes_are_known_by_country_and_shape() -> None:
    assert len(COUNTRIES) == 250
    assert iso_code("gb-lnd.LONDON") == "GB-LND.london"
    assert iso_code("EU") is None
    assert iso_path("GB-LND.london") == ["GB-LND.london", "GB-LND", "GB", "world"]


def test_a_tree_is_at_most_so_deep_that_paths_stay_short() -> None:
    def chains(size: int) -> tuple[list[Territory], list[Industry]]:
        inside = [f"n{number + 1}" if number + 1 < size else None for number in range(size)]
        territories = [Territory(f"n{at}", f"N {at}", (code or "CN-SH",)) for at, code in enumerate(inside)]
        return territories, [Industry(f"n{at}", f"N {at}", code) for at, code in enumerate(inside)]

    territories, industries = chains(DEEPEST)
    assert [*region_faults(territories), *industry_faults(industries)] == []
    assert len(RegionTree(territories).path("CN-SH")) == DEEPEST + 3
    assert len(IndustryTree(industries).path("n0")) == DEEPEST
    territories, industries = chains(5000)
    assert [fault.message for fault in region_faults(territories)] == [
        f'"n{DEEPEST + 1}" lies more than {DEEPEST} levels deep; flatten the tree'
    ]
    assert [fault.key for fault in industry_faults(industries)] == ["parent"]
