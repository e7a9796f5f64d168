"""What can make a request no lead at all? Only a body that cannot be read; everything else is kept, with a notice."""

from __future__ import annotations

from typing import Literal, TypeAlias

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
