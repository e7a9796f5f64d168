"""What can intake not go on with? A body that cannot be read, and a mapping that makes no sense.

Everything else that a sender can write is kept, with a notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from app.engine.problems import Problem

Reason: TypeAlias = Literal["not_utf8", "not_json", "too_deep", "not_an_object", "too_large", "unsupported"]


class UnreadableBody(Exception):
    """The bytes are not what they should be.

    ``where`` names the place (``line 3, column 7``; ``byte 120``; ``body``), ``message`` is a sentence for the
    sender, ``reason`` is stable and machine-readable.
    """

    def __init__(self, where: str, message: str, reason: Reason = "not_json") -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message
        self.reason: Reason = reason


class UnreadablePath(ValueError):
    """The text is no path. ``position`` is that of the character at fault, from 1 on."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(f"character {position}: {message}")
        self.position = position
        self.message = message


class UnusableMapping(Exception):
    """The document is no mapping. ``problems`` are all the places to put right, as ``fields.email.from[1]``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)
