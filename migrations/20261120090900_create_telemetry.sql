-- What sent the telemetry, stored once; resource_id is the first half of SHA-256 over the canonical attributes.
CREATE TABLE resources (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    resource_id uuid NOT NULL,
    service text,
    attributes jsonb NOT NULL,
    PRIMARY KEY (tenant_id, resource_id)
);
SELECT guard_tenant_table('resources');
GRANT SELECT ON resources TO devos_app;
GRANT SELECT, INSERT ON resources TO devos_ingest;

-- No keys to other tables and no unique ones: both would halve ingest. Documents are json and not jsonb, which would cost a
-- third more to write; indexes ascend, so that new rows go to their end.
CREATE TABLE log_records (
    tenant_id bigint NOT NULL,
    project_id uuid,
    ts timestamptz NOT NULL,
    resource_id uuid NOT NULL,
    severity_number smallint NOT NULL CHECK (severity_number BETWEEN 0 AND 24),
    severity_text text NOT NULL,
    body text NOT NULL,
    attributes json NOT NULL,
    trace_id bytea,
    span_id bytea,
    scope_name text NOT NULL,
    scope_version text NOT NULL,
    event_name text NOT NULL,
    batch_id uuid NOT NULL
) PARTITION BY RANGE (ts);
CREATE INDEX log_records_by_time ON log_records (tenant_id, ts);
CREATE INDEX log_records_by_trace ON log_records (trace_id) WHERE trace_id IS NOT NULL;
SELECT guard_tenant_table('log_records');
GRANT SELECT ON log_records TO devos_app;
GRANT INSERT ON log_records TO devos_ingest;

CREATE TABLE spans (
    tenant_id bigint NOT NULL,
    project_id uuid,
    ts timestamptz NOT NULL,
    resource_id uuid NOT NULL,
    trace_id bytea NOT NULL,
    span_id bytea NOT NULL,
    parent_span_id bytea,
    name text NOT NULL,
    kind text NOT NULL,
    duration_ns bigint NOT NULL CHECK (duration_ns >= 0),
    status text NOT NULL,
    status_message text NOT NULL,
    attributes json NOT NULL,
    events json NOT NULL,
    links json NOT NULL,
    scope_name text NOT NULL,
    scope_version text NOT NULL,
    batch_id uuid NOT NULL
) PARTITION BY RANGE (ts);
CREATE INDEX spans_by_time ON spans (tenant_id, ts);
CREATE INDEX spans_by_trace ON spans (trace_id);
SELECT guard_tenant_table('spans');
GRANT SELECT ON spans TO devos_app;
GRANT INSERT ON spans TO devos_ingest;

-- Accepted requests; the same request again is recognised by its id, the first half of SHA-256 over token id and body.
CREATE TABLE ingest_batches (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id uuid NOT NULL,
    token_id uuid,
    row_count bigint NOT NULL,
    redactions bigint NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ingest_batches_by_time ON ingest_batches (received_at);
SELECT guard_tenant_table('ingest_batches');
GRANT SELECT ON ingest_batches TO devos_app;
GRANT SELECT, INSERT ON ingest_batches TO devos_ingest;

-- Every refused or lost record, counted by hour and reason.
CREATE TABLE telemetry_drops (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    signal text NOT NULL,
    reason text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (tenant_id, hour, signal, reason)
);
SELECT guard_tenant_table('telemetry_drops');
GRANT SELECT ON telemetry_drops TO devos_app;
GRANT SELECT, INSERT, UPDATE ON telemetry_drops TO devos_ingest;

CREATE VIEW application_logs WITH (security_invoker = true) AS
    SELECT l.*, r.service, r.attributes AS resource_attributes
    FROM log_records l LEFT JOIN resources r ON r.tenant_id = l.tenant_id AND r.resource_id = l.resource_id;
CREATE VIEW trace_spans WITH (security_invoker = true) AS
    SELECT s.*, r.service, r.attributes AS resource_attributes
    FROM spans s LEFT JOIN resources r ON r.tenant_id = s.tenant_id AND r.resource_id = s.resource_id;
GRANT SELECT ON application_logs, trace_spans TO devos_app;
