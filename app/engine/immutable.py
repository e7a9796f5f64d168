"""How are the values declared that every lead makes dozens of?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as immutable
else:
    from dataclasses import dataclass

    def immutable(*, frozen: bool, slots: bool, **options: Any) -> Any:
        """A frozen dataclass to the type checker, which sees to it that none is changed, and hashable as one.

        At run time it is not: each field of a frozen one takes four times as long to set.
        """
        return dataclass(slots=slots, unsafe_hash=frozen, **options)


__all__ = ["immutable"]
