"""Is this the name of a charset, and what does Python call it?"""

from __future__ import annotations

import codecs
import re

from app.intake.errors import UnreadableBody

_CHARSETS = re.compile(
    r"utf-(?:8|16)(?:-\w+)?|ascii|gb\w+|hz|big5\w*|iso8859-\d+|cp\d+|koi8-\w|shift_jis\w*|euc_\w+|mac-\w+"
)


def codec(charset: str) -> str:
    """Python's name of a charset; not every codec it has is one (``zip``, ``idna``).

    Raises:
        UnreadableBody: no charset is called so.
    """
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if not _CHARSETS.fullmatch(name):
        raise UnreadableBody("Content-Type", f"the charset {charset[:40]!r} is not known", "unsupported")
    return name
