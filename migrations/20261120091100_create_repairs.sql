CREATE TABLE repairs (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    pattern_id uuid NOT NULL,
    repository_id uuid NOT NULL,
    state text NOT NULL,
    -- Whether the state is a final one; decided where the states are defined.
    finished boolean NOT NULL,
    reason text NOT NULL,
    due timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories ON DELETE CASCADE
);
CREATE UNIQUE INDEX repairs_unfinished ON repairs (tenant_id, pattern_id) WHERE NOT finished;
CREATE INDEX repairs_by_time ON repairs (tenant_id, created_at DESC, id DESC);
CREATE INDEX repairs_of_pattern ON repairs (tenant_id, pattern_id, created_at DESC, id DESC);
CREATE INDEX repairs_due ON repairs (due) WHERE due IS NOT NULL AND NOT finished;
SELECT guard_tenant_table('repairs');
GRANT SELECT, INSERT, UPDATE ON repairs TO devos_app;

-- The journal. bytes is what the hash covers; observation is json, not jsonb, because jsonb rewrites what it is given.
CREATE TABLE repair_events (
    tenant_id bigint NOT NULL,
    repair_id uuid NOT NULL,
    step integer NOT NULL CHECK (step >= 0),
    at timestamptz NOT NULL,
    observation json NOT NULL,
    bytes bytea NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (tenant_id, repair_id, step),
    FOREIGN KEY (tenant_id, repair_id) REFERENCES repairs ON DELETE CASCADE
);
SELECT guard_tenant_table('repair_events');
GRANT SELECT, INSERT ON repair_events TO devos_app;

-- For the schedule, which works for all tenants.
CREATE FUNCTION due_repairs(at timestamptz, at_most bigint) RETURNS TABLE (tenant_id bigint, repair_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    SELECT r.tenant_id, r.id FROM repairs r
    WHERE r.due IS NOT NULL AND NOT r.finished AND r.due <= at ORDER BY r.due LIMIT at_most
$$;
GRANT EXECUTE ON FUNCTION due_repairs TO devos_app;
