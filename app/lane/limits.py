"""How much may wait, how much goes together, and for how long is waited?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Places in the lines, leads and seconds in a batch, seconds for Postgres."""

    depth: int = 2000
    bulk_depth: int = 512
    batch_leads: int = 64
    batch_seconds: float = 0.02
    statement_timeout_ms: int = 2000
    wait_seconds: float = 10.0
