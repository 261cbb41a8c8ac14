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

-- Every table that is partitioned by day; a new one is added here and nowhere else.
CREATE FUNCTION partitioned_tables() RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
    SELECT oid::regclass FROM pg_class
    WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace
    ORDER BY relname
$$;

-- Other tables have children with other names; their days are null, and never asked for.
CREATE OR REPLACE VIEW telemetry_partitions AS
    SELECT parent.relname AS telemetry, child.oid::regclass AS partition, to_date(substring(child.relname FROM '_([0-9]{8})$'), 'YYYYMMDD') AS day
    FROM pg_inherits i
    JOIN pg_class parent ON parent.oid = i.inhparent
    JOIN pg_class child ON child.oid = i.inhrelid
    WHERE i.inhparent IN (SELECT partitioned_tables());

CREATE OR REPLACE FUNCTION partition_window(at timestamptz) RETURNS TABLE (since timestamptz, until timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    WITH days AS (
        -- Consecutive days differ from their rank by the same.
        SELECT day, day - (row_number() OVER (ORDER BY day))::integer AS run
        FROM telemetry_partitions GROUP BY day HAVING count(*) = (SELECT count(*) FROM partitioned_tables())
    )
    SELECT min(day)::timestamp AT TIME ZONE 'UTC', (max(day) + 1)::timestamp AT TIME ZONE 'UTC'
    FROM days WHERE run = (SELECT here.run FROM days here WHERE here.day = (at AT TIME ZONE 'UTC')::date)
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION ensure_partitions(first_day date, last_day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET lock_timeout = '3s'
    AS $$
DECLARE
    parent text;
    child text;
    day date;
BEGIN
    -- A wrong clock must not make thousands of tables.
    IF last_day - first_day > 400 THEN
        RAISE EXCEPTION 'refusing to make partitions from % to %', first_day, last_day;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('devos:partitions', 0));
    FOR parent IN SELECT relname FROM pg_class WHERE oid IN (SELECT partitioned_tables()) ORDER BY relname LOOP
        FOR day IN SELECT first_day + n FROM generate_series(0, last_day - first_day) AS n LOOP
            child := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
            CONTINUE WHEN to_regclass(child) IS NOT NULL;
            -- Made first and attached after: attaching does not stop readers and writers of the other days.
            EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', child);
            EXECUTE format(
                'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                parent, child,
                to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00'
            );
        END LOOP;
    END LOOP;
END
$$;

-- The days that telemetry has already: without them, what was sent to them before would count as late.
SELECT ensure_partitions(min(day), max(day)) FROM telemetry_partitions HAVING count(*) > 0;
