-- Who did what to what. Each row's hash covers the row and the hash before it, so a changed, removed or inserted
-- row breaks the chain from there on.
CREATE TABLE audit_log (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
SELECT guard_tenant_table('audit_log');
GRANT SELECT, INSERT (tenant_id, at, actor, action, subject, detail) ON audit_log TO devos_app;

CREATE FUNCTION audit_hash(entry audit_log) RETURNS bytea
    LANGUAGE sql STABLE
    AS $$
    SELECT sha256(entry.prev_hash || convert_to(jsonb_build_array(
        entry.tenant_id, entry.seq, (extract(epoch FROM entry.at) * 1000000)::bigint,
        entry.actor, entry.action, entry.subject, entry.detail
    )::text, 'UTF8'))
$$;

CREATE FUNCTION chain_audit_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    -- One writer per tenant at a time, else two entries would claim the same predecessor.
    PERFORM pg_advisory_xact_lock(hashtextextended('devos:audit', NEW.tenant_id));
    SELECT last.seq + 1, last.hash INTO NEW.seq, NEW.prev_hash
    FROM audit_log last WHERE last.tenant_id = NEW.tenant_id ORDER BY last.seq DESC LIMIT 1;
    NEW.seq := coalesce(NEW.seq, 1);
    NEW.prev_hash := coalesce(NEW.prev_hash, '\x'::bytea);
    NEW.hash := audit_hash(NEW);
    RETURN NEW;
END
$$;
CREATE TRIGGER chain_audit_entry BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit_entry();

-- The first entry of the present tenant that does not continue the chain; none when all is well.
CREATE FUNCTION first_broken_audit_entry() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT min(seq) FROM (
        SELECT a.seq,
            a.hash = audit_hash(a)
                AND a.prev_hash = lag(a.hash, 1, '\x'::bytea) OVER chain
                AND a.seq = lag(a.seq, 1, 0::bigint) OVER chain + 1 AS sound
        FROM audit_log a WHERE a.tenant_id = current_tenant() WINDOW chain AS (ORDER BY a.seq)
    ) links WHERE NOT sound
$$;
GRANT EXECUTE ON FUNCTION audit_hash, first_broken_audit_entry TO devos_app;
