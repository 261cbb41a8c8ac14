-- What is measured, stored once; series_id is the first half of SHA-256 over everything that tells series apart.
CREATE TABLE metric_series (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    series_id uuid NOT NULL,
    project_id uuid,
    resource_id uuid NOT NULL,
    service text,
    name text NOT NULL,
    description text NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('gauge', 'sum', 'histogram', 'exponential_histogram', 'summary')),
    temporality text NOT NULL CHECK (temporality IN ('unspecified', 'delta', 'cumulative')),
    monotonic boolean NOT NULL,
    scope_name text NOT NULL,
    scope_version text NOT NULL,
    attributes jsonb NOT NULL,
    first_seen timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, series_id)
);
CREATE INDEX metric_series_by_name ON metric_series (tenant_id, name, service);
SELECT guard_tenant_table('metric_series');
GRANT SELECT ON metric_series TO devos_app;
GRANT SELECT, INSERT ON metric_series TO devos_ingest;

-- A number has a value; a distribution has count, sum and its buckets or quantiles; neither: nothing was recorded.
CREATE TABLE metric_points (
    tenant_id bigint NOT NULL,
    ts timestamptz NOT NULL,
    series_id uuid NOT NULL,
    start_ts timestamptz,
    value double precision,
    count bigint,
    sum double precision,
    distribution json,
    exemplars json,
    batch_id uuid NOT NULL
) PARTITION BY RANGE (ts);
CREATE INDEX metric_points_by_time ON metric_points USING brin (ts);
SELECT guard_tenant_table('metric_points');
GRANT SELECT ON metric_points TO devos_app;
GRANT INSERT ON metric_points TO devos_ingest;

CREATE VIEW metrics_samples WITH (security_invoker = true) AS
    SELECT p.*, s.name, s.unit, s.kind, s.temporality, s.monotonic, s.service, s.attributes, s.resource_id
    FROM metric_points p JOIN metric_series s ON s.tenant_id = p.tenant_id AND s.series_id = p.series_id;
GRANT SELECT ON metrics_samples TO devos_app;
