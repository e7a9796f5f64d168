"""The first tables: the lane, the roster, the policies, the leads, the record, and what the lane counts.

Revision: 0001
After: nothing
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = [
    """
    CREATE TABLE policies (
        version integer NOT NULL,
        name text,
        format text NOT NULL,
        source text NOT NULL,
        document json NOT NULL,
        findings json NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text,
        CONSTRAINT policies_pkey PRIMARY KEY (version),
        CONSTRAINT policies_version_check CHECK (version > 0),
        CONSTRAINT policies_format_check CHECK (format IN ('yaml', 'json'))
    )
    """,
    """
    COMMENT ON TABLE policies IS
    'Every version of the policy as it was given (source) and as it was read (document). Never changed.'
    """,
    """
    CREATE TABLE lane (
        id smallint NOT NULL,
        seq bigint NOT NULL,
        revision bigint NOT NULL,
        stamp bigint NOT NULL,
        time timestamptz NOT NULL,
        policy_version integer,
        CONSTRAINT lane_pkey PRIMARY KEY (id),
        CONSTRAINT lane_single_check CHECK (id = 1),
        CONSTRAINT lane_policy_version_fkey FOREIGN KEY (policy_version) REFERENCES policies (version)
    ) WITH (fillfactor = 10)
    """,
    """
    COMMENT ON TABLE lane IS
    'The one row that puts decisions in order: whoever holds its lock writes. Always locked first.'
    """,
    "INSERT INTO lane (id, seq, revision, stamp, time, policy_version) VALUES (1, 0, 0, 0, 'epoch', NULL)",
    """
    CREATE TABLE reps (
        id text NOT NULL,
        document json NOT NULL,
        revision bigint NOT NULL,
        CONSTRAINT reps_pkey PRIMARY KEY (id),
        CONSTRAINT reps_id_check CHECK (id ~ '^[a-z0-9._-]{1,64}$')
    )
    """,
    "COMMENT ON TABLE reps IS 'The reps as last edited; revision is the world''s revision of that edit.'",
    """
    CREATE TABLE teams (
        id text NOT NULL,
        document json NOT NULL,
        revision bigint NOT NULL,
        CONSTRAINT teams_pkey PRIMARY KEY (id),
        CONSTRAINT teams_id_check CHECK (id ~ '^[a-z0-9._-]{1,64}$')
    )
    """,
    "COMMENT ON TABLE teams IS 'The teams as last edited, members and weights included.'",
    """
    CREATE TABLE leads (
        id uuid NOT NULL,
        received_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        status text NOT NULL,
        reason text,
        rep_id text,
        team_id text,
        rule_id text,
        tier text,
        score double precision,
        policy_version integer,
        latest_seq bigint,
        queued_at timestamptz,
        closed_at timestamptz,
        outcome text,
        source text,
        external_id text,
        name text,
        email text,
        phone text,
        company text,
        region text,
        industry text,
        facts json NOT NULL,
        warnings json NOT NULL,
        corrected_warnings json,
        body_hash bytea,
        body json,
        CONSTRAINT leads_pkey PRIMARY KEY (id),
        CONSTRAINT leads_status_check CHECK (status IN ('assigned', 'queued', 'rejected', 'closed')),
        CONSTRAINT leads_assigned_has_rep_check CHECK (status <> 'assigned' OR rep_id IS NOT NULL)
    )
    """,
    """
    COMMENT ON TABLE leads IS
    'The leads and where each stands now. body is the lead as it came, kept while it could not be decided.'
    """,
    "CREATE INDEX leads_status_queued_at_id_idx ON leads (status, queued_at, id) WHERE status = 'queued'",
    "CREATE INDEX leads_rep_id_id_idx ON leads (rep_id, id) WHERE rep_id IS NOT NULL",
    """
    CREATE TABLE assignments (
        seq bigint NOT NULL,
        id uuid NOT NULL,
        revision bigint NOT NULL,
        stamp bigint NOT NULL,
        lead_id uuid NOT NULL,
        kind text NOT NULL,
        status text NOT NULL,
        reason text,
        rep_id text,
        team_id text,
        rule_id text,
        rule_name text,
        strategy text,
        score double precision,
        tier text,
        source text,
        region text,
        industry text,
        policy_version integer,
        engine_version text NOT NULL,
        decided_at timestamptz NOT NULL,
        first_contact_due timestamptz,
        actor text,
        note text,
        decision json NOT NULL,
        effects json NOT NULL,
        CONSTRAINT assignments_pkey PRIMARY KEY (seq),
        CONSTRAINT assignments_id_key UNIQUE (id),
        CONSTRAINT assignments_revision_key UNIQUE (revision),
        CONSTRAINT assignments_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id),
        CONSTRAINT assignments_kind_check CHECK (kind IN ('routed', 'rerouted', 'assigned', 'released', 'claimed')),
        CONSTRAINT assignments_status_check CHECK (status IN ('assigned', 'queued', 'rejected')),
        CONSTRAINT assignments_seq_check CHECK (seq > 0),
        CONSTRAINT assignments_assigned_has_rep_check CHECK (status <> 'assigned' OR rep_id IS NOT NULL)
    )
    """,
    """
    COMMENT ON TABLE assignments IS
    'The record: one row per decision, automatic or by hand, in the lane''s order. Append-only, seq gapless.'
    """,
    "CREATE UNIQUE INDEX assignments_routed_once_idx ON assignments (lead_id) WHERE kind = 'routed'",
    "CREATE INDEX assignments_lead_id_seq_idx ON assignments (lead_id, seq)",
    "CREATE INDEX assignments_rep_id_seq_idx ON assignments (rep_id, seq) WHERE rep_id IS NOT NULL",
    "CREATE INDEX assignments_decided_at_idx ON assignments (decided_at)",
    """
    CREATE TABLE changes (
        revision bigint NOT NULL,
        stamp bigint NOT NULL,
        kind text NOT NULL,
        subject text,
        actor text,
        at timestamptz NOT NULL,
        detail json NOT NULL,
        effects json NOT NULL,
        CONSTRAINT changes_pkey PRIMARY KEY (revision),
        CONSTRAINT changes_kind_check CHECK (kind <> '')
    )
    """,
    """
    COMMENT ON TABLE changes IS
    'Records that matter to routing but assign nothing: roster edits, activations, closings. Append-only.'
    """,
    """
    CREATE TABLE deliveries (
        key text NOT NULL,
        lead_id uuid NOT NULL,
        body_hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        CONSTRAINT deliveries_pkey PRIMARY KEY (key),
        CONSTRAINT deliveries_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id)
    )
    """,
    """
    COMMENT ON TABLE deliveries IS
    'Which lead a delivery key was answered with, so that the same delivery is answered the same again.'
    """,
    "CREATE INDEX deliveries_expires_at_idx ON deliveries (expires_at) WHERE expires_at IS NOT NULL",
    """
    CREATE TABLE identities (
        key text NOT NULL,
        kind text NOT NULL,
        block text,
        companies text[] NOT NULL,
        people text[] NOT NULL,
        leads integer NOT NULL,
        last_lead uuid,
        last_at timestamptz,
        owner text,
        owner_seq bigint,
        do_not_contact boolean NOT NULL,
        outcome text,
        domain text,
        phone text,
        region text,
        industry text,
        CONSTRAINT identities_pkey PRIMARY KEY (key),
        CONSTRAINT identities_kind_check CHECK (kind IN ('email', 'phone', 'domain', 'company')),
        CONSTRAINT identities_leads_check CHECK (leads >= 0)
    ) WITH (fillfactor = 85)
    """,
    """
    COMMENT ON TABLE identities IS
    'What is known under one email, phone, domain or company name: who it was seen with, who owns it.'
    """,
    "CREATE INDEX identities_block_idx ON identities (block) WHERE block IS NOT NULL",
    """
    CREATE TABLE rep_loads (
        rep_id text NOT NULL,
        open integer NOT NULL,
        last_seq bigint,
        CONSTRAINT rep_loads_pkey PRIMARY KEY (rep_id),
        CONSTRAINT rep_loads_open_check CHECK (open >= 0)
    ) WITH (fillfactor = 50)
    """,
    "COMMENT ON TABLE rep_loads IS 'How many open leads each rep has, and the seq of the last one assigned.'",
    """
    CREATE TABLE rep_days (
        rep_id text NOT NULL,
        day date NOT NULL,
        count integer NOT NULL,
        CONSTRAINT rep_days_pkey PRIMARY KEY (rep_id, day),
        CONSTRAINT rep_days_count_check CHECK (count > 0)
    ) WITH (fillfactor = 70)
    """,
    "COMMENT ON TABLE rep_days IS 'How many leads each rep got on a calendar day in the rep''s own time zone.'",
    """
    CREATE TABLE rule_days (
        rule_id text NOT NULL,
        rep_id text NOT NULL,
        day date NOT NULL,
        count integer NOT NULL,
        CONSTRAINT rule_days_pkey PRIMARY KEY (rule_id, rep_id, day),
        CONSTRAINT rule_days_count_check CHECK (count > 0)
    ) WITH (fillfactor = 70)
    """,
    "COMMENT ON TABLE rule_days IS 'The same per rule, for rules that say each_at_most.'",
    """
    CREATE TABLE credits (
        rotation text NOT NULL,
        rep_id text NOT NULL,
        credit bigint NOT NULL,
        CONSTRAINT credits_pkey PRIMARY KEY (rotation, rep_id)
    ) WITH (fillfactor = 50)
    """,
    "COMMENT ON TABLE credits IS 'What each rotation owes each of its members, in fixed fractions of a lead.'",
]

_DOWN = [
    "credits",
    "rule_days",
    "rep_days",
    "rep_loads",
    "identities",
    "deliveries",
    "changes",
    "assignments",
    "leads",
    "teams",
    "reps",
    "lane",
    "policies",
]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for table in _DOWN:
        op.execute(f"DROP TABLE {table}")
