"""What time is it where the engine is measured alone? Always the same, so that no figure depends on the hour."""

from datetime import UTC, datetime
from typing import Final

NOON: Final = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
"""A Wednesday, noon in Shanghai."""
