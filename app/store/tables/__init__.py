"""What does the database hold, and what does it refuse?

The tables as SQLAlchemy Core metadata. The migrations are written by hand; a test holds that they end in exactly these
tables. Closed sets of words are text with a CHECK, never enum types: a CHECK can be widened in place while old workers
still run. Documents are ``json``, not ``jsonb``: they are written often, read whole, and come back as the same bytes.
"""

from app.store.tables import doors, history, routing, telling
from app.store.tables.columns import metadata

__all__ = ["doors", "history", "metadata", "routing", "telling"]
