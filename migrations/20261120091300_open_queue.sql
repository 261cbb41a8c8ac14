-- The queue is the outbox: devos_app runs it, devos_ingest only adds to it.
GRANT USAGE ON SCHEMA apalis TO devos_app, devos_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON apalis.jobs, apalis.workers TO devos_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA apalis TO devos_app;
GRANT INSERT ON apalis.jobs TO devos_ingest;

-- True when no job with this key waits, so that one may be pushed in this transaction. A job that was fetched may have
-- read its facts already: its key is free again, else what happens now would go unseen.
CREATE FUNCTION claim_job_key(queue text, key text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('devos:job:' || key, 0));
    UPDATE apalis.jobs SET idempotency_key = NULL
    WHERE job_type = queue AND idempotency_key = key AND status <> 'Pending'
        AND NOT (status = 'Failed' AND attempts < max_attempts);
    RETURN NOT EXISTS (SELECT FROM apalis.jobs WHERE job_type = queue AND idempotency_key = key);
END
$$;

-- A failed job is fetched again at once unless its time is moved before the failure is reported.
CREATE FUNCTION postpone_job(job_id text, until timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ UPDATE apalis.jobs SET run_at = until WHERE id = job_id $$;

-- Finished jobs are kept a while for whoever asks why.
CREATE FUNCTION sweep_jobs(before timestamptz) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    WITH swept AS (
        DELETE FROM apalis.jobs
        WHERE done_at < before AND (status IN ('Done', 'Killed') OR (status = 'Failed' AND attempts >= max_attempts))
        RETURNING 1
    )
    SELECT count(*) FROM swept
$$;

GRANT EXECUTE ON FUNCTION claim_job_key TO devos_app, devos_ingest;
GRANT EXECUTE ON FUNCTION postpone_job, sweep_jobs TO devos_app;
