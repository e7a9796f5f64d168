"""What is routed, to whom, by which policy; what each turn of the lane writes, and what it counts."""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from app.store.tables.columns import ID, Time, busy, metadata, needed, one_of, optional

lane = Table(
    "lane",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    needed("seq", BigInteger),
    needed("revision", BigInteger),
    needed("stamp", BigInteger),
    needed("time", Time),
    optional("policy_version", Integer, ForeignKey("policies.version")),
    optional("interactive_at", Time),
    optional("crowd_stamp", BigInteger),
    CheckConstraint("id = 1", name="single"),
    CheckConstraint("crowd_stamp = stamp", name="crowd_stamp"),
    comment="The one row that puts decisions in order: whoever holds its lock writes. Always locked first.",
    postgresql_with=busy(10),
)

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    optional("name", Text),
    needed("format", Text),
    needed("source", Text),
    needed("document", JSON),
    needed("findings", JSON),
    needed("created_at", Time),
    optional("created_by", Text),
    CheckConstraint("version > 0", name="version"),
    one_of("format", "yaml", "json"),
    comment="Every version of the policy as it was given (source) and as it was read (document). Never changed.",
)

reps = Table(
    "reps",
    metadata,
    Column("id", Text, primary_key=True),
    needed("document", JSON),
    needed("revision", BigInteger),
    CheckConstraint(f"id ~ '{ID}'", name="id"),
    comment="The reps as last edited; revision is the world's revision of that edit.",
)

teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    needed("document", JSON),
    needed("revision", BigInteger),
    CheckConstraint(f"id ~ '{ID}'", name="id"),
    comment="The teams as last edited, members and weights included.",
)

leads = Table(
    "leads",
    metadata,
    Column("id", Uuid, primary_key=True),
    needed("received_at", Time),
    needed("updated_at", Time),
    needed("status", Text),
    optional("reason", Text),
    optional("rep_id", Text),
    optional("team_id", Text),
    optional("rule_id", Text),
    optional("tier", Text),
    optional("score", Double),
    optional("policy_version", Integer),
    optional("latest_seq", BigInteger),
    optional("queued_at", Time),
    optional("closed_at", Time),
    optional("outcome", Text),
    optional("source", Text),
    optional("external_id", Text),
    optional("name", Text),
    optional("email", Text),
    optional("phone", Text),
    optional("company", Text),
    optional("region", Text),
    optional("industry", Text),
    needed("facts", JSON),
    needed("warnings", JSON),
    optional("corrected_warnings", JSON),
    optional("body_hash", LargeBinary),
    optional("body", JSON),
    optional("said", JSON),
    one_of("status", "assigned", "queued", "rejected", "closed"),
    CheckConstraint("status <> 'assigned' OR rep_id IS NOT NULL", name="assigned_has_rep"),
    Index(None, "status", "queued_at", "id", postgresql_where=text("status = 'queued'")),
    Index(None, "rep_id", "id", postgresql_where=text("rep_id IS NOT NULL")),
    comment="The leads and where each stands now. body is the lead as it came, kept while it could not be decided. "
    "said: when each field that was corrected was said last, for what came late must not undo what is newer.",
)

assignments = Table(
    "assignments",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    needed("stamp", BigInteger),
    needed("lead_id", Uuid, ForeignKey("leads.id")),
    needed("kind", Text),
    needed("status", Text),
    optional("reason", Text),
    optional("rep_id", Text),
    optional("team_id", Text),
    optional("rule_id", Text),
    optional("rule_name", Text),
    optional("strategy", Text),
    optional("score", Double),
    optional("tier", Text),
    optional("source", Text),
    optional("region", Text),
    optional("industry", Text),
    optional("policy_version", Integer),
    needed("engine_version", Text),
    needed("decided_at", Time),
    optional("first_contact_due", Time),
    optional("actor", Text),
    optional("note", Text),
    needed("decision", JSON),
    needed("effects", JSON),
    optional("facts", JSON),
    optional("person", JSON),
    one_of("kind", "routed", "rerouted", "assigned", "released", "claimed"),
    one_of("status", "assigned", "queued", "rejected"),
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
    needed("stamp", BigInteger),
    needed("kind", Text),
    optional("subject", Text),
    optional("actor", Text),
    needed("at", Time),
    needed("detail", JSON),
    needed("effects", JSON),
    CheckConstraint("kind <> ''", name="kind"),
    Index(None, "subject", "revision"),
    comment="Records that matter to routing but assign nothing: roster edits, activations, closings. Append-only.",
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    needed("stamp", BigInteger),
    needed("taken_at", Time),
    needed("document", JSON),
    comment="The whole world at a revision, now and then: a past world is the nearest one before it, and the log.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", Text, primary_key=True),
    needed("lead_id", Uuid, ForeignKey("leads.id")),
    needed("body_hash", LargeBinary),
    needed("created_at", Time),
    optional("expires_at", Time),
    Index(None, "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    comment="Which lead a delivery key was answered with, so that the same delivery is answered the same again.",
)

identities = Table(
    "identities",
    metadata,
    Column("key", Text, primary_key=True),
    needed("kind", Text),
    optional("block", Text),
    needed("companies", ARRAY(Text)),
    needed("people", ARRAY(Text)),
    needed("leads", Integer),
    optional("last_lead", Uuid),
    optional("last_at", Time),
    optional("owner", Text),
    optional("owner_seq", BigInteger),
    needed("do_not_contact", Boolean),
    optional("outcome", Text),
    optional("domain", Text),
    optional("phone", Text),
    optional("region", Text),
    optional("industry", Text),
    one_of("kind", "email", "phone", "domain", "company"),
    CheckConstraint("leads >= 0", name="leads"),
    Index(None, "block", postgresql_where=text("block IS NOT NULL")),
    comment="What is known under one email, phone, domain or company name: who it was seen with, who owns it.",
    postgresql_with=busy(85),
)

rep_loads = Table(
    "rep_loads",
    metadata,
    Column("rep_id", Text, primary_key=True),
    needed("open", Integer),
    optional("last_seq", BigInteger),
    CheckConstraint("open >= 0", name="open"),
    comment="How many open leads each rep has, and the seq of the last one assigned.",
    postgresql_with=busy(50),
)

rep_days = Table(
    "rep_days",
    metadata,
    Column("rep_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    needed("count", Integer),
    CheckConstraint("count > 0", name="count"),
    comment="How many leads each rep got on a calendar day in the rep's own time zone.",
    postgresql_with=busy(70),
)

rule_days = Table(
    "rule_days",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("rep_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    needed("count", Integer),
    CheckConstraint("count > 0", name="count"),
    comment="The same per rule, for rules that say each_at_most.",
    postgresql_with=busy(70),
)

credits_ = Table(
    "credits",
    metadata,
    Column("rotation", Text, primary_key=True),
    Column("rep_id", Text, primary_key=True),
    needed("credit", BigInteger),
    comment="What each rotation owes each of its members, in fixed fractions of a lead.",
    postgresql_with=busy(50),
)

crowds = Table(
    "crowds",
    metadata,
    Column("id", Text, primary_key=True),
    needed("members", JSON),
    comment="Many equal competitors for a lead, named by a digest of their ids: records refer to them. Append-only.",
)

crowd_turns = Table(
    "crowd_turns",
    metadata,
    Column("rotation", Text, primary_key=True),
    needed("crowd", Text, ForeignKey("crowds.id")),
    needed("turns", BigInteger),
    comment="How many turns a crowd has competed for since then: of each, each of them is owed a share beside credits.",
    postgresql_with=busy(50),
)
