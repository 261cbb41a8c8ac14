CREATE TABLE test_runs (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    repository_id uuid NOT NULL,
    commit_id text NOT NULL,
    digest bytea NOT NULL,
    passed integer NOT NULL,
    failed integer NOT NULL,
    skipped integer NOT NULL,
    uploaded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, repository_id, commit_id, digest),
    FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories ON DELETE CASCADE
);
CREATE INDEX test_runs_of_repository ON test_runs (tenant_id, repository_id, uploaded_at DESC, id DESC);
SELECT guard_tenant_table('test_runs');
GRANT SELECT, INSERT ON test_runs TO devos_app;

-- repository, commit and time repeat the run's, so that a test's history is one index range.
CREATE TABLE test_cases (
    tenant_id bigint NOT NULL,
    run_id uuid NOT NULL,
    ordinal integer NOT NULL,
    repository_id uuid NOT NULL,
    commit_id text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    test text NOT NULL,
    -- Test ids can be longer than an index entry.
    test_key text NOT NULL GENERATED ALWAYS AS (md5(test)) STORED,
    suite text NOT NULL,
    class_name text NOT NULL,
    name text NOT NULL,
    file text,
    line bigint,
    duration_ms bigint NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('passed', 'skipped', 'failed')),
    flaky boolean NOT NULL,
    PRIMARY KEY (tenant_id, run_id, ordinal),
    FOREIGN KEY (tenant_id, run_id) REFERENCES test_runs ON DELETE CASCADE
);
CREATE INDEX test_cases_history ON test_cases (tenant_id, repository_id, test_key, uploaded_at DESC);
SELECT guard_tenant_table('test_cases');
GRANT SELECT, INSERT ON test_cases TO devos_app;

CREATE TABLE test_failures (
    tenant_id bigint NOT NULL,
    run_id uuid NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    message text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (tenant_id, run_id, ordinal),
    FOREIGN KEY (tenant_id, run_id, ordinal) REFERENCES test_cases ON DELETE CASCADE
);
SELECT guard_tenant_table('test_failures');
GRANT SELECT, INSERT ON test_failures TO devos_app;
