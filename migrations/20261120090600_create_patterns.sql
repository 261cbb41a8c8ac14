CREATE TABLE patterns (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id uuid NOT NULL,
    repository_id uuid,
    group_key text NOT NULL,
    pattern_ids text[] NOT NULL,
    signal_type text NOT NULL,
    title text NOT NULL,
    service text,
    test text,
    commit_id text,
    occurrences bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'repairing', 'paused', 'fixed')),
    -- True when the newest signal found the pattern fixed.
    reopened boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    UNIQUE NULLS NOT DISTINCT (tenant_id, repository_id, group_key),
    FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories ON DELETE CASCADE
);
CREATE INDEX patterns_by_last_seen ON patterns (tenant_id, last_seen DESC, id DESC);
SELECT guard_tenant_table('patterns');
GRANT SELECT, INSERT, UPDATE ON patterns TO devos_app, devos_ingest;

CREATE TABLE paused_patterns (
    tenant_id bigint NOT NULL,
    pattern_id uuid NOT NULL,
    reason text NOT NULL,
    paused_by text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (tenant_id, pattern_id),
    FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns ON DELETE CASCADE
);
SELECT guard_tenant_table('paused_patterns');
GRANT SELECT, INSERT, UPDATE, DELETE ON paused_patterns TO devos_app;

CREATE TABLE failure_signals (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    pattern_id uuid NOT NULL,
    signal_type text NOT NULL,
    trigger_id text NOT NULL,
    fingerprint text NOT NULL,
    group_key text NOT NULL,
    repository_id uuid,
    title text NOT NULL,
    message text NOT NULL,
    normalized text NOT NULL,
    stack text,
    files text[] NOT NULL,
    test text,
    service text,
    commit_id text,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns ON DELETE CASCADE
);
CREATE INDEX failure_signals_of_pattern ON failure_signals (tenant_id, pattern_id, occurred_at DESC, id DESC);
SELECT guard_tenant_table('failure_signals');
GRANT SELECT, INSERT ON failure_signals TO devos_app;
GRANT INSERT ON failure_signals TO devos_ingest;
