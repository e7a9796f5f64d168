"""What can be found wrong in the record and the tables beside it?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

SHOWN: Final = 5
"""Findings of one kind that are named one by one; the rest are counted."""

Stage: TypeAlias = Literal["record", "leads", "deliveries", "identities"]
"""What is being looked at."""


class Wrong(StrEnum):
    """A kind of contradiction: within the record, or between the record and a table."""

    SEQ = "seq"
    REVISION = "revision"
    TIME = "time"
    LANE = "lane"
    UNREADABLE = "unreadable"
    COLUMNS = "columns"
    EFFECTS = "effects"
    POLICY = "policy"
    REP = "rep"
    SILENT_END = "silent_end"
    MOVED = "moved"
    ROUTED_ONCE = "routed_once"
    BELOW_ZERO = "below_zero"
    SUM = "sum"
    LEADS = "leads"
    LOST = "lost"
    REP_LOADS = "rep_loads"
    REP_DAYS = "rep_days"
    RULE_DAYS = "rule_days"
    CREDITS = "credits"
    ROSTER = "roster"
    DELIVERIES = "deliveries"
    IDENTITIES = "identities"
    CHECKPOINTS = "checkpoints"


@dataclass
class Found:
    """What is wrong, by kind: the first of each kind, and how many there are."""

    named: dict[Wrong, list[str]] = field(default_factory=lambda: defaultdict(list))
    counted: Counter[Wrong] = field(default_factory=Counter)

    def __call__(self, kind: Wrong, what: object) -> None:
        """Note one."""
        self.counted[kind] += 1
        if len(self.named[kind]) < SHOWN:
            self.named[kind].append(str(what))

    def differ(self, kind: Wrong, told: Mapping[Any, Any], stored: Mapping[Any, Any]) -> None:
        """Note every key at which what the record tells is not what is stored."""
        for key in sorted(told.keys() | stored.keys(), key=str):
            if told.get(key) != stored.get(key):
                self(kind, f"{key}: {told.get(key)} ≠ {stored.get(key)}")
