-- Every table that is partitioned by day, also those of later migrations.
CREATE FUNCTION partitioned_tables() RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    AS $$
    SELECT oid::regclass FROM pg_class
    WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace
    ORDER BY relname
$$;

-- The day partitions there are, named {table}_{yyyymmdd}. Other children have other names, and no day.
CREATE VIEW telemetry_partitions AS
    SELECT parent.relname AS telemetry, child.oid::regclass AS partition, to_date(substring(child.relname FROM '_([0-9]{8})$'), 'YYYYMMDD') AS day
    FROM pg_inherits i
    JOIN pg_class parent ON parent.oid = i.inhparent
    JOIN pg_class child ON child.oid = i.inhrelid
    WHERE i.inhparent IN (SELECT partitioned_tables());

-- The days without a gap around a time, from when until when; no row when that time has no partitions.
CREATE FUNCTION partition_window(at timestamptz) RETURNS TABLE (since timestamptz, until timestamptz)
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

CREATE FUNCTION ensure_partitions(first_day date, last_day date) RETURNS void
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

-- Retention: drops what ended before the given time, and forgets batches, sessions and links from before it.
CREATE FUNCTION drop_partitions(before timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET lock_timeout = '3s'
    AS $$
DECLARE
    old regclass;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('devos:partitions', 0));
    FOR old IN
        SELECT partition FROM telemetry_partitions WHERE (day + 1)::timestamp AT TIME ZONE 'UTC' <= before
    LOOP
        EXECUTE format('DROP TABLE %s', old);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM ingest_batches WHERE received_at < before;
    DELETE FROM sessions WHERE expires_at < before;
    DELETE FROM sign_in_links WHERE expires_at < before;
    RETURN dropped;
END
$$;

GRANT EXECUTE ON FUNCTION partition_window, ensure_partitions TO devos_app, devos_ingest;
GRANT EXECUTE ON FUNCTION drop_partitions TO devos_app;
