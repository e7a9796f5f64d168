"""What does one line of the table say, and is it good enough?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Verdict = Literal["aim reached", "reached", "NOT REACHED", "for information"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: the median of its rounds, beside what it must reach and what it aims at.

    ``more`` says whether more is better. Without ``must`` it is for information. ``seen`` are the absolute values that
    it comes from, for whoever wants to know more: they hold for this machine and this run alone.
    """

    name: str
    title: str
    rounds: Sequence[float]
    unit: str = "x"
    must: float | None = None
    aim: float | None = None
    more: bool = True
    seen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The figure itself."""
        return median(self.rounds)

    @property
    def verdict(self) -> Verdict:
        """Whether it is good enough."""
        if self.must is None:
            return "for information"
        if not self._as_good_as(self.must):
            return "NOT REACHED"
        return "reached" if self.aim is None or not self._as_good_as(self.aim) else "aim reached"

    def _as_good_as(self, other: float) -> bool:
        return self.value >= other if self.more else self.value <= other

    def document(self) -> dict[str, Any]:
        """As it is written down."""
        return {
            "name": self.name,
            "title": self.title,
            "value": round(self.value, 4),
            "unit": self.unit,
            "must": self.must,
            "aim": self.aim,
            "more_is_better": self.more,
            "verdict": self.verdict,
            "rounds": [round(one, 4) for one in self.rounds],
            "seen": dict(self.seen),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Figure:
        """Read back a figure as it was written down."""
        return cls(
            name=document["name"],
            title=document["title"],
            rounds=document["rounds"],
            unit=document["unit"],
            must=document["must"],
            aim=document["aim"],
            more=document["more_is_better"],
            seen=document["seen"],
        )


def spread(values: Sequence[float]) -> dict[str, float]:
    """The least, the middle and the most of several rounds."""
    return {"least": round(min(values), 4), "median": round(median(values), 4), "most": round(max(values), 4)}
