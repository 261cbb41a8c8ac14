-- Where a run happened, and what it reports. Runs of before are test runs of CI.
ALTER TABLE test_runs
    ADD COLUMN source text NOT NULL DEFAULT 'ci' CHECK (source IN ('ci', 'local')),
    ADD COLUMN kind text NOT NULL DEFAULT 'test' CHECK (kind IN ('test', 'lint'));

-- The findings of a lint run; of those, the run counts errors that nobody accepted as failed.
CREATE TABLE lint_failures (
    tenant_id bigint NOT NULL,
    run_id uuid NOT NULL,
    ordinal integer NOT NULL,
    tool text NOT NULL,
    rule text NOT NULL,
    level text NOT NULL CHECK (level IN ('none', 'note', 'warning', 'error')),
    message text NOT NULL,
    file text,
    line bigint,
    column_number bigint,
    end_line bigint,
    end_column bigint,
    fingerprints jsonb NOT NULL,
    -- Null wherever source text must not be stored.
    snippet text,
    suppressed boolean NOT NULL,
    PRIMARY KEY (tenant_id, run_id, ordinal),
    FOREIGN KEY (tenant_id, run_id) REFERENCES test_runs ON DELETE CASCADE
);
SELECT guard_tenant_table('lint_failures');
GRANT SELECT, INSERT ON lint_failures TO devos_app;
