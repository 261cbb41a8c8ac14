-- A proven change that waits for its decision. The json columns are read whole and never rewritten.
CREATE TABLE proposals (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    repair_id uuid NOT NULL,
    pattern_id uuid NOT NULL,
    repository_id uuid NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    branch text NOT NULL,
    base_branch text NOT NULL,
    base_commit text NOT NULL,
    head_commit text NOT NULL,
    culprit json NOT NULL,
    diff text NOT NULL,
    risk json NOT NULL,
    confidence smallint NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    evidence json NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'merged', 'closed')),
    decision json,
    merge json,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, repair_id),
    FOREIGN KEY (tenant_id, repair_id) REFERENCES repairs ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories ON DELETE CASCADE
);
CREATE INDEX proposals_by_time ON proposals (tenant_id, created_at DESC, id DESC);
CREATE INDEX proposals_open ON proposals (tenant_id, repository_id) WHERE state IN ('open', 'approved');
SELECT guard_tenant_table('proposals');
GRANT SELECT, INSERT, UPDATE ON proposals TO devos_app;

CREATE VIEW selfheal_proposals WITH (security_invoker = true) AS SELECT * FROM proposals;

-- Pull requests live in the product: each is a proposal with its branch pushed.
CREATE VIEW pull_requests WITH (security_invoker = true) AS
    SELECT tenant_id, id, repository_id, title, body, branch, base_branch, head_commit, state,
        merge ->> 'commit' AS merge_commit, created_at
    FROM proposals;
GRANT SELECT ON selfheal_proposals, pull_requests TO devos_app;
