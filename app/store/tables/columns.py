"""What all tables are made with: their metadata, and the columns and constraints that they share."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

Time = DateTime(timezone=True)
ID = "^[a-z0-9._-]{1,64}$"
"""What an id that people give may look like, as a regular expression."""


def needed(name: str, kind: Any, *rest: Any) -> Column[Any]:
    """A column in which every row has something."""
    return Column(name, kind, *rest, nullable=False)


def optional(name: str, kind: Any, *rest: Any) -> Column[Any]:
    """A column that may be NULL."""
    return Column(name, kind, *rest, nullable=True)


def one_of(column: str, *words: str) -> CheckConstraint:
    """That a column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def busy(fillfactor: int) -> dict[str, int]:
    """Leave room in each page, so that an update stays in its page and no index is touched."""
    return {"fillfactor": fillfactor}
