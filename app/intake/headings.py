"""Which fields of a lead are in the columns of this table, by their headings?

A heading that is a contract's name (without regard to case, blanks and hyphens) is that field. Another is the field
that it is recognised as (``手机``, ``Work Email``), if no column has the field's own name; of several the most
specific, then the first. Parts are joined row by row (``First Name`` and ``Last Name``). All others keep their
headings. Of columns with one heading the first is the field.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from app.engine.lead import Notice
from app.intake.normalise import FIELDS
from app.intake.recognition import Claim, claimed_by_heading, is_an_id, recognise
from app.intake.rows import Fault, Item, Row

MOST_COLUMNS: Final = 1000
"""Columns that a table may have: five times as many as a lead keeps attributes."""

_MOST_TITLES: Final = 20
"""Rows above the headings."""
_EMPTY: Final = "it is empty; a header row is wanted"
_UNKNOWN: Final = (
    "the first line must name the fields, and none of its columns is known; begin with a line such as "
    "name,phone,email,company,city"
)


class Headings:
    """The columns of one table."""

    def __init__(self, cells: Sequence[str]) -> None:
        own = [" ".join(cell.split()) for cell in cells]
        exact = [re.sub(r"[\s-]+", "_", heading.casefold()) for heading in own]
        claims = [claimed_by_heading(heading) for heading in own]
        named = FIELDS.intersection(exact)
        chosen: dict[str, int] = {}
        for number, claim in enumerate(claims):
            if claim is None or _is_made(claim) or claim.part or claim.field in named:
                continue
            best = claims[chosen[claim.field]] if claim.field in chosen else None
            if best is None or claim.rank > best.rank:
                chosen[claim.field] = number
        fields = {number: name for name, number in chosen.items()}
        fields |= {number: name for number, name in enumerate(exact) if name in FIELDS}
        self.known = bool(named) or any(claim is not None for claim in claims)
        """Whether any of them is a field of a lead, or asks for one."""
        # A guess: where its cell cannot be an id, the cell stays under the heading.
        self._id = chosen.get("external_id")
        self._own = own
        self.names = _told_apart(fields.get(number) or heading for number, heading in enumerate(own))
        made = [
            (name, claim)
            for number, (name, claim) in enumerate(zip(self.names, claims, strict=True))
            if claim is not None and _is_made(claim) and (number not in fields or name == claim.field)
        ]
        # A column with a field's own name may be one of its parts: the German "Name" beside "Vorname".
        parts = {claim.field for name, claim in made if name != claim.field}
        self._wanted = parts - chosen.keys() - {name for name in named if name not in ("name", "address")}
        self._made = [name for name, claim in made if claim.field in self._wanted]

        taken = {exact[number]: name for number, name in fields.items() if name == self.names[number]}
        # Where a column has the name, there is no object of attributes to keep more in.
        self._repeated = {
            self.names[number]: Notice(heading, "repeated_column", taken[exact[number]])
            for number, heading in enumerate(own)
            if "attributes" not in self.names and self.names[number] != taken.get(exact[number], self.names[number])
        }

    def __len__(self) -> int:
        return len(self.names)

    def item(self, line: int, cells: Sequence[str]) -> Item | None:
        """The lead of a row, or what is wrong with it; None if it is blank."""
        if not any(cell.strip() for cell in cells):
            return None
        if any(cell.strip() for cell in cells[len(self) :]):
            return Fault(line, f"{len(cells)} cells in a row of {len(self)} columns")
        fields = self.row(cells)
        return Row(line, fields, self.notices(fields))

    def row(self, cells: Sequence[str]) -> dict[str, Any]:
        """The fields of a row; cells that are blank are left out. Those of columns that repeat the one of a field are
        attributes.
        """
        fields: dict[str, Any] = {
            name: cell for name, cell in zip(self.names, cells, strict=False) if cell and not cell.isspace()
        }
        if aside := {name: fields.pop(name) for name in self._repeated if name in fields}:
            fields["attributes"] = aside
        if self._id is not None and not is_an_id(str(fields.get("external_id", "1"))):
            fields[self._own[self._id]] = fields.pop("external_id")
        if self._made:
            given = {name: fields[name] for name in self._made if name in fields}
            for one in recognise(given, self._wanted):
                for position in one.positions:
                    del fields[str(position[0])]
                fields[one.field] = one.value
        return fields

    def notices(self, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
        """What is to be told of a row, by its fields: which columns are there more than once."""
        if not self._repeated:
            return ()
        aside = fields.get("attributes", {})
        return tuple(dict.fromkeys(notice for name, notice in self._repeated.items() if name in aside))


class Beginning:
    """Looks for the headings of a table in its first rows: above them may stand a title, in a cell of its own."""

    def __init__(self) -> None:
        self._titles: list[int] = []

    def headings(self, line: int, cells: Sequence[str]) -> Headings | Fault | None:
        """The headings in this row, or the fault for which nothing of the table can be read; None for a title."""
        if len(cells) > MOST_COLUMNS:
            return Fault(line, f"{len(cells)} columns; at most {MOST_COLUMNS} are read", final=True)
        headings = Headings(cells)
        if headings.known:
            return headings
        self._titles.append(line)
        if sum(bool(cell.strip()) for cell in cells) > 1 or len(self._titles) > _MOST_TITLES:
            return self.end()
        return None

    def end(self) -> Fault:
        """What is wrong with a table in which there were no headings."""
        if not self._titles:
            return Fault(1, _EMPTY, final=True)
        return Fault(self._titles[0], _UNKNOWN, final=True, refusal="unknown_headings")


def _is_made(claim: Claim) -> bool:
    """Whether the column's cells are not yet the field: they are a part of it, or numbers in a unit."""
    return claim.unit is not None or claim.part not in (None, "visit")


def _told_apart(names: Iterable[str]) -> list[str]:
    """The names, each of which stands for one column: the second of two that are equal gets a number."""
    apart: dict[str, None] = {}
    taken: Counter[str] = Counter()
    for number, given in enumerate(names, 1):
        name = base = given or f"column_{number}"
        while name in apart:
            taken[base] += 1
            name = f"{base}_{taken[base] + 1}"
        apart[name] = None
    return list(apart)
