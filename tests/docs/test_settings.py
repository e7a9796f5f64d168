"""The operations pages tell the settings and the metrics as they are, in both languages."""

import re

import pytest
from prometheus_client import REGISTRY

from app import observability
from app.settings import PREFIX, Settings
from tests.docs.test_examples import ROOT

PAGES = ("docs/operations.md", "docs/operations.zh-CN.md")


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def rows(page: str) -> dict[str, tuple[str, str]]:
    """The settings table of a page: each setting's default and meaning."""
    found = re.findall(rf"^\| `({PREFIX}\w+)` \|([^|\n]*)\|([^|\n]*)\|$", text(page), re.MULTILINE)
    return {name: (default.strip(), meaning.strip()) for name, default, meaning in found}


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_is_documented_with_its_default_and_none_that_is_not_there(page: str) -> None:
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
        expected[PREFIX + name.upper()] = shown
    assert {name: default.strip("`") for name, (default, _) in rows(page).items()} == expected


@pytest.mark.parametrize("page", PAGES)
def test_every_metric_is_documented(page: str) -> None:
    assert observability.LANE_HOLD
    names = {family.name for family in REGISTRY.collect() if family.name.startswith("lead_router_")}
    assert len(names) > 10
    shown = text(page)
    assert [name for name in sorted(names) if not re.search(rf"`{name}(_total|_bucket|_count|_sum)?[`{{]", shown)] == []
