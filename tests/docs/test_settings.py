"""The operations page tells the settings and the metrics as they are."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from app import observability
from app.settings import PREFIX, Settings

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")


def rows() -> dict[str, tuple[str, str]]:
    """The settings table: each setting's default and meaning."""
    found = re.findall(rf"^\| `({PREFIX}\w+)` \|([^|\n]*)\|([^|\n]*)\|$", PAGE, re.MULTILINE)
    return {name: (default.strip(), meaning.strip()) for name, default, meaning in found}


def test_every_setting_is_documented_with_its_default_and_none_that_is_not_there() -> None:
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
        expected[PREFIX + name.upper()] = shown
    assert {name: default.strip("`") for name, (default, _) in rows().items()} == expected


def test_every_metric_is_documented() -> None:
    assert observability.LANE_HOLD
    names = {family.name for family in REGISTRY.collect() if family.name.startswith("lead_router_")}
    assert len(names) > 10
    assert [name for name in sorted(names) if not re.search(rf"`{name}(_total|_bucket|_count|_sum)?[`{{]", PAGE)] == []
