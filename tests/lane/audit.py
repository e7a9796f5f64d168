"""Do the tables of a database agree with its record, and would all be decided again as it was?

``await audit(url)`` lists what is wrong, in plain words; an empty list is a clean bill.
"""

from __future__ import annotations

from app.record.verify import Difference, Verification, Verified
from app.record.words import difference_sentence, wrong_lines
from app.store import database


async def verified(url: str, **options: int) -> tuple[Verified, list[Difference]]:
    """What ``lead-router verify`` finds in the database at ``url``."""
    differences: list[Difference] = []
    connection = await database.parse(url).connect()
    try:
        return await Verification(connection, tell=differences.append, **options).run(), differences
    finally:
        await connection.close()


async def audit(url: str) -> list[str]:
    """What is wrong in the database at ``url``."""
    done, differences = await verified(url)
    return [*(difference_sentence(one, "en") for one in differences), *wrong_lines(done.found, "en")]
