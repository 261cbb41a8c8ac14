CREATE TABLE api_tokens (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
SELECT guard_tenant_table('api_tokens');
GRANT SELECT (tenant_id, id, name, scopes, prefix, created_at, last_used_at, revoked_at),
    INSERT (tenant_id, id, name, scopes, prefix, hash, created_at),
    UPDATE (revoked_at)
    ON api_tokens TO devos_app;

-- Resolves a bearer token and notes its use, to the minute, so that a busy token costs one write a minute.
CREATE FUNCTION use_api_token(token_hash bytea, at timestamptz)
    RETURNS TABLE (id uuid, name text, tenant_id bigint, scopes text[])
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    UPDATE api_tokens t SET last_used_at = date_trunc('minute', at)
    WHERE t.hash = token_hash AND t.revoked_at IS NULL
        AND (t.last_used_at IS NULL OR t.last_used_at < date_trunc('minute', at));
    SELECT t.id, t.name, t.tenant_id, t.scopes FROM api_tokens t WHERE t.hash = token_hash AND t.revoked_at IS NULL;
$$;
GRANT EXECUTE ON FUNCTION use_api_token TO devos_app;
