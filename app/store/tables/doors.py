"""Who may call and how often, where leads come from, and what has come to the doors."""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from app.store.tables.columns import ID, Time, busy, metadata, needed, one_of, optional

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    needed("name", Text),
    needed("hash", LargeBinary),
    needed("scopes", ARRAY(Text)),
    optional("rate_per_minute", Integer),
    needed("created_at", Time),
    needed("created_by", Text),
    optional("expires_at", Time),
    optional("revoked_at", Time),
    optional("revoked_by", Text),
    optional("last_used_at", Time),
    CheckConstraint("id ~ '^[a-z0-9]{12}$'", name="id"),
    CheckConstraint("octet_length(hash) = 32", name="hash"),
    CheckConstraint("cardinality(scopes) > 0", name="scopes"),
    CheckConstraint("rate_per_minute > 0", name="rate_per_minute"),
    Index(None, "created_at", "id"),
    comment="Who may call, and what they may do. hash: SHA-256 of the secret, which nobody has but the holder. "
    "Never deleted.",
    postgresql_with=busy(70),
)

rates = Table(
    "rates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seconds", Integer, primary_key=True, autoincrement=False),
    Column("period", BigInteger, primary_key=True, autoincrement=False),
    needed("used", BigInteger),
    comment="What all workers together have used of each rate in a period of so many seconds, counted from 1970.",
    # A crash may forget what was used in the last minute, and is no reason to write each count twice.
    prefixes=["UNLOGGED"],
    postgresql_with=busy(50),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    needed("kind", Text),
    needed("enabled", Boolean),
    needed("document", JSON),
    needed("revision", Integer),
    needed("created_at", Time),
    needed("updated_at", Time),
    optional("updated_by", Text),
    CheckConstraint(f"id ~ '{ID}'", name="id"),
    CheckConstraint("kind <> ''", name="kind"),
    CheckConstraint("revision > 0", name="revision"),
    comment="Where leads come from: the kind of sender, and how what it sends becomes a lead. revision: one an edit.",
)

source_secrets = Table(
    "source_secrets",
    metadata,
    Column("id", Uuid, primary_key=True),
    needed("source_id", Text, ForeignKey("sources.id", ondelete="CASCADE")),
    needed("purpose", Text),
    needed("sealed", LargeBinary),
    needed("hint", Text),
    needed("created_at", Time),
    optional("expires_at", Time),
    one_of("purpose", "secret", "token"),
    Index(None, "source_id"),
    comment="What a source is told from others by (secret) and its fields are fetched with (token), sealed.",
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", Uuid, primary_key=True),
    needed("source_id", Text),
    needed("received_at", Time),
    needed("state", Text),
    optional("reason", Text),
    optional("detail", Text),
    needed("verified", Boolean),
    needed("method", Text),
    needed("url", Text),
    optional("content_type", Text),
    needed("headers", JSON),
    needed("body", LargeBinary),
    optional("address", Text),
    needed("items", JSON),
    needed("attempts", Integer),
    optional("next_at", Time),
    optional("done_at", Time),
    optional("trusted_by", Text),
    one_of("state", "received", "waiting", "done", "passed", "refused", "not_understood", "rejected", "failed"),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index(None, "source_id", "id"),
    Index(None, "state", "id"),
    Index(None, "next_at", postgresql_where=text("next_at IS NOT NULL")),
    comment="What came to a door, as it came, and what became of it. next_at: when it is driven (again), if it is.",
    # Bodies are read when something went wrong, and else never.
    postgresql_with={"fillfactor": 90},
)
