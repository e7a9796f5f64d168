"""What does the database hold, and what does it refuse?

The tables as SQLAlchemy Core metadata. The migrations are written by hand; a test holds that they end in exactly these
tables. Closed sets of words are text with a CHECK, never enum types: a CHECK can be widened in place while old workers
still run. Documents are ``json``, not ``jsonb``: they are written often, read whole, and come back as the same bytes.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

_Time = DateTime(timezone=True)
_ID = "^[a-z0-9._-]{1,64}$"


def _needed(name: str, kind: Any, *rest: Any) -> Column[Any]:
    return Column(name, kind, *rest, nullable=False)


def _optional(name: str, kind: Any, *rest: Any) -> Column[Any]:
    return Column(name, kind, *rest, nullable=True)


def _one_of(column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _busy(fillfactor: int) -> dict[str, int]:
    """Leave room in each page, so that an update stays in its page and no index is touched."""
    return {"fillfactor": fillfactor}


lane = Table(
    "lane",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    _needed("seq", BigInteger),
    _needed("revision", BigInteger),
    _needed("stamp", BigInteger),
    _needed("time", _Time),
    _optional("policy_version", Integer, ForeignKey("policies.version")),
    _optional("interactive_at", _Time),
    _optional("crowd_stamp", BigInteger),
    CheckConstraint("id = 1", name="single"),
    CheckConstraint("crowd_stamp = stamp", name="crowd_stamp"),
    comment="The one row that puts decisions in order: whoever holds its lock writes. Always locked first.",
    postgresql_with=_busy(10),
)

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    _optional("name", Text),
    _needed("format", Text),
    _needed("source", Text),
    _needed("document", JSON),
    _needed("findings", JSON),
    _needed("created_at", _Time),
    _optional("created_by", Text),
    CheckConstraint("version > 0", name="version"),
    _one_of("format", "yaml", "json"),
    comment="Every version of the policy as it was given (source) and as it was read (document). Never changed.",
)

reps = Table(
    "reps",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("document", JSON),
    _needed("revision", BigInteger),
    CheckConstraint(f"id ~ '{_ID}'", name="id"),
    comment="The reps as last edited; revision is the world's revision of that edit.",
)

teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("document", JSON),
    _needed("revision", BigInteger),
    CheckConstraint(f"id ~ '{_ID}'", name="id"),
    comment="The teams as last edited, members and weights included.",
)

leads = Table(
    "leads",
    metadata,
    Column("id", Uuid, primary_key=True),
    _needed("received_at", _Time),
    _needed("updated_at", _Time),
    _needed("status", Text),
    _optional("reason", Text),
    _optional("rep_id", Text),
    _optional("team_id", Text),
    _optional("rule_id", Text),
    _optional("tier", Text),
    _optional("score", Double),
    _optional("policy_version", Integer),
    _optional("latest_seq", BigInteger),
    _optional("queued_at", _Time),
    _optional("closed_at", _Time),
    _optional("outcome", Text),
    _optional("source", Text),
    _optional("external_id", Text),
    _optional("name", Text),
    _optional("email", Text),
    _optional("phone", Text),
    _optional("company", Text),
    _optional("region", Text),
    _optional("industry", Text),
    _needed("facts", JSON),
    _needed("warnings", JSON),
    _optional("corrected_warnings", JSON),
    _optional("body_hash", LargeBinary),
    _optional("body", JSON),
    _one_of("status", "assigned", "queued", "rejected", "closed"),
    CheckConstraint("status <> 'assigned' OR rep_id IS NOT NULL", name="assigned_has_rep"),
    Index(None, "status", "queued_at", "id", postgresql_where=text("status = 'queued'")),
    Index(None, "rep_id", "id", postgresql_where=text("rep_id IS NOT NULL")),
    comment="The leads and where each stands now. body is the lead as it came, kept while it could not be decided.",
)

assignments = Table(
    "assignments",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    _needed("stamp", BigInteger),
    _needed("lead_id", Uuid, ForeignKey("leads.id")),
    _needed("kind", Text),
    _needed("status", Text),
    _optional("reason", Text),
    _optional("rep_id", Text),
    _optional("team_id", Text),
    _optional("rule_id", Text),
    _optional("rule_name", Text),
    _optional("strategy", Text),
    _optional("score", Double),
    _optional("tier", Text),
    _optional("source", Text),
    _optional("region", Text),
    _optional("industry", Text),
    _optional("policy_version", Integer),
    _needed("engine_version", Text),
    _needed("decided_at", _Time),
    _optional("first_contact_due", _Time),
    _optional("actor", Text),
    _optional("note", Text),
    _needed("decision", JSON),
    _needed("effects", JSON),
    _optional("facts", JSON),
    _optional("person", JSON),
    _one_of("kind", "routed", "rerouted", "assigned", "released", "claimed"),
    _one_of("status", "assigned", "queued", "rejected"),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("status <> 'assigned' OR rep_id IS NOT NULL", name="assigned_has_rep"),
    Index("assignments_routed_once_idx", "lead_id", unique=True, postgresql_where=text("kind = 'routed'")),
    Index(None, "lead_id", "seq"),
    comment="The record: one row per decision, automatic or by hand, in the lane's order. Append-only, seq gapless.",
    # Compressing decisions, to some six tenths, takes a quarter of the time that writing a turn does.
    postgresql_with={"toast_tuple_target": 8160},
)

changes = Table(
    "changes",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    _needed("stamp", BigInteger),
    _needed("kind", Text),
    _optional("subject", Text),
    _optional("actor", Text),
    _needed("at", _Time),
    _needed("detail", JSON),
    _needed("effects", JSON),
    CheckConstraint("kind <> ''", name="kind"),
    comment="Records that matter to routing but assign nothing: roster edits, activations, closings. Append-only.",
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    _needed("stamp", BigInteger),
    _needed("taken_at", _Time),
    _needed("document", JSON),
    comment="The whole world at a revision, now and then: a past world is the nearest one before it, and the log.",
)

history_progress = Table(
    "history_progress",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    _needed("sheeted", BigInteger),
    _needed("revision", BigInteger),
    CheckConstraint("id = 1", name="single"),
    comment="The first seq in no sheet, and up to which revision sheets follow corrections. Locked to write sheets.",
    postgresql_with=_busy(10),
)

history_marks = Table(
    "history_marks",
    metadata,
    _needed("mark", BigInteger),
    _needed("sheet", Integer),
    _needed("bits", LargeBinary),
    PrimaryKeyConstraint("mark", "sheet", postgresql_include=["bits"]),
    comment="Which seqs of a sheet have a value that can be asked for. All history_ tables are made from the record.",
)

history_grams = Table(
    "history_grams",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("sheet", Integer, primary_key=True, autoincrement=False),
    _needed("bits", LargeBinary),
    comment="In which strips of a sheet which neighbouring characters stand, in a fixed number of slices.",
)

history_texts = Table(
    "history_texts",
    metadata,
    Column("strip", BigInteger, primary_key=True, autoincrement=False),
    _needed("text", Text),
    comment="What the leads of a strip of seqs are called and reached by, in small letters, to be searched.",
    # A strip is read far more often than written, and as often as can be: in place, as it is.
    postgresql_with={"toast_tuple_target": 8160},
)

history_corrected = Table(
    "history_corrected",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    comment="Records in sheets whose leads have other texts now: looked at in each search until their sheet knows.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", Text, primary_key=True),
    _needed("lead_id", Uuid, ForeignKey("leads.id")),
    _needed("body_hash", LargeBinary),
    _needed("created_at", _Time),
    _optional("expires_at", _Time),
    Index(None, "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    comment="Which lead a delivery key was answered with, so that the same delivery is answered the same again.",
)

identities = Table(
    "identities",
    metadata,
    Column("key", Text, primary_key=True),
    _needed("kind", Text),
    _optional("block", Text),
    _needed("companies", ARRAY(Text)),
    _needed("people", ARRAY(Text)),
    _needed("leads", Integer),
    _optional("last_lead", Uuid),
    _optional("last_at", _Time),
    _optional("owner", Text),
    _optional("owner_seq", BigInteger),
    _needed("do_not_contact", Boolean),
    _optional("outcome", Text),
    _optional("domain", Text),
    _optional("phone", Text),
    _optional("region", Text),
    _optional("industry", Text),
    _one_of("kind", "email", "phone", "domain", "company"),
    CheckConstraint("leads >= 0", name="leads"),
    Index(None, "block", postgresql_where=text("block IS NOT NULL")),
    comment="What is known under one email, phone, domain or company name: who it was seen with, who owns it.",
    postgresql_with=_busy(85),
)

rep_loads = Table(
    "rep_loads",
    metadata,
    Column("rep_id", Text, primary_key=True),
    _needed("open", Integer),
    _optional("last_seq", BigInteger),
    CheckConstraint("open >= 0", name="open"),
    comment="How many open leads each rep has, and the seq of the last one assigned.",
    postgresql_with=_busy(50),
)

rep_days = Table(
    "rep_days",
    metadata,
    Column("rep_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    _needed("count", Integer),
    CheckConstraint("count > 0", name="count"),
    comment="How many leads each rep got on a calendar day in the rep's own time zone.",
    postgresql_with=_busy(70),
)

rule_days = Table(
    "rule_days",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("rep_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    _needed("count", Integer),
    CheckConstraint("count > 0", name="count"),
    comment="The same per rule, for rules that say each_at_most.",
    postgresql_with=_busy(70),
)

credits_ = Table(
    "credits",
    metadata,
    Column("rotation", Text, primary_key=True),
    Column("rep_id", Text, primary_key=True),
    _needed("credit", BigInteger),
    comment="What each rotation owes each of its members, in fixed fractions of a lead.",
    postgresql_with=_busy(50),
)

crowds = Table(
    "crowds",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("members", JSON),
    comment="Many equal competitors for a lead, named by a digest of their ids: records refer to them. Append-only.",
)

crowd_turns = Table(
    "crowd_turns",
    metadata,
    Column("rotation", Text, primary_key=True),
    _needed("crowd", Text, ForeignKey("crowds.id")),
    _needed("turns", BigInteger),
    comment="How many turns a crowd has competed for since then: of each, each of them is owed a share beside credits.",
    postgresql_with=_busy(50),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("name", Text),
    _needed("hash", LargeBinary),
    _needed("scopes", ARRAY(Text)),
    _optional("rate_per_minute", Integer),
    _needed("created_at", _Time),
    _needed("created_by", Text),
    _optional("expires_at", _Time),
    _optional("revoked_at", _Time),
    _optional("revoked_by", Text),
    _optional("last_used_at", _Time),
    CheckConstraint("id ~ '^[a-z0-9]{12}$'", name="id"),
    CheckConstraint("octet_length(hash) = 32", name="hash"),
    CheckConstraint("cardinality(scopes) > 0", name="scopes"),
    CheckConstraint("rate_per_minute > 0", name="rate_per_minute"),
    Index(None, "created_at", "id"),
    comment="Who may call, and what they may do. hash: SHA-256 of the secret, which nobody has but the holder. "
    "Never deleted.",
    postgresql_with=_busy(70),
)

rates = Table(
    "rates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seconds", Integer, primary_key=True, autoincrement=False),
    Column("period", BigInteger, primary_key=True, autoincrement=False),
    _needed("used", BigInteger),
    comment="What all workers together have used of each rate in a period of so many seconds, counted from 1970.",
    # A crash may forget what was used in the last minute, and is no reason to write each count twice.
    prefixes=["UNLOGGED"],
    postgresql_with=_busy(50),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("kind", Text),
    _needed("enabled", Boolean),
    _needed("document", JSON),
    _needed("revision", Integer),
    _needed("created_at", _Time),
    _needed("updated_at", _Time),
    _optional("updated_by", Text),
    CheckConstraint(f"id ~ '{_ID}'", name="id"),
    CheckConstraint("kind <> ''", name="kind"),
    CheckConstraint("revision > 0", name="revision"),
    comment="Where leads come from: the kind of sender, and how what it sends becomes a lead. revision: one an edit.",
)

source_secrets = Table(
    "source_secrets",
    metadata,
    Column("id", Uuid, primary_key=True),
    _needed("source_id", Text, ForeignKey("sources.id", ondelete="CASCADE")),
    _needed("purpose", Text),
    _needed("sealed", LargeBinary),
    _needed("hint", Text),
    _needed("created_at", _Time),
    _optional("expires_at", _Time),
    _one_of("purpose", "secret", "token"),
    Index(None, "source_id"),
    comment="What a source is told from others by (secret) and its fields are fetched with (token), sealed.",
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", Uuid, primary_key=True),
    _needed("source_id", Text),
    _needed("received_at", _Time),
    _needed("state", Text),
    _optional("reason", Text),
    _optional("detail", Text),
    _needed("verified", Boolean),
    _needed("method", Text),
    _needed("url", Text),
    _optional("content_type", Text),
    _needed("headers", JSON),
    _needed("body", LargeBinary),
    _optional("address", Text),
    _needed("items", JSON),
    _needed("attempts", Integer),
    _optional("next_at", _Time),
    _optional("done_at", _Time),
    _optional("trusted_by", Text),
    _one_of("state", "received", "waiting", "done", "passed", "refused", "not_understood", "rejected", "failed"),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index(None, "source_id", "id"),
    Index(None, "state", "id"),
    Index(None, "next_at", postgresql_where=text("next_at IS NOT NULL")),
    comment="What came to a door, as it came, and what became of it. next_at: when it is driven (again), if it is.",
    # Bodies are read when something went wrong, and else never.
    postgresql_with={"fillfactor": 90},
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("number", Integer, Identity(always=True), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _needed("kind", Text),
    _needed("document", JSON),
    _needed("secrets", JSON),
    _needed("enabled", Boolean),
    _optional("disabled_at", _Time),
    _optional("disabled_why", Text),
    _needed("revision", BigInteger),
    _needed("created_at", _Time),
    _needed("updated_at", _Time),
    _optional("updated_by", Text),
    CheckConstraint(f"id ~ '{_ID}'", name="id"),
    comment="Who is told of which events, and how; secrets are sealed. revision grows with each edit.",
)

subscription_progress = Table(
    "subscription_progress",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _needed("revision", BigInteger),
    _needed("begun_at", _Time),
    _optional("holder", Uuid),
    _needed("leased_until", _Time),
    _needed("rests_until", _Time),
    _needed("failures", Integer),
    _needed("told", ARRAY(Double)),
    _needed("delivered", BigInteger),
    _needed("failed", BigInteger),
    _optional("delivered_at", _Time),
    _optional("failed_at", _Time),
    _optional("failed_why", Text),
    comment="Up to which revision of the record a subscription has been told, and who tells it now, until when.",
    postgresql_with=_busy(20),
)

sends = Table(
    "sends",
    metadata,
    Column("subscription", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    _needed("stamp", BigInteger),
    _needed("type", Text),
    _needed("key", Text),
    _needed("at", _Time),
    _needed("state", Text),
    _needed("attempts", SmallInteger),
    _optional("due_at", _Time),
    _needed("touched_at", _Time),
    _optional("seconds", Double),
    _optional("status", Integer),
    _optional("said", Text),
    _optional("log", JSON),
    _one_of("state", "waiting", "delivered", "dead"),
    CheckConstraint("due_at IS NULL OR state = 'waiting'", name="due"),
    Index("sends_waiting_idx", "subscription", "key", "revision", "part", postgresql_where=text("state = 'waiting'")),
    Index("sends_due_idx", "subscription", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("sends_dead_idx", "subscription", "revision", "part", postgresql_where=text("state = 'dead'")),
    comment="What became of telling a subscription of an event. One with a key goes after those before it with that.",
)
