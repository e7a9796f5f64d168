"""How does a spreadsheet read a CSV right, and open it without harm?"""

from __future__ import annotations

from typing import Any, Final

MARK: Final = "\ufeff"
"""The byte order mark without which Excel takes UTF-8 for the machine's own encoding."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a formula may begin with. East Asian editions of Excel take the full-width signs for the others."""


def cell(value: Any) -> Any:
    """A value as a cell: text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
