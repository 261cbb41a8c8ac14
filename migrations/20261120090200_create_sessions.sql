-- Secrets are stored as SHA-256 only. Both tables are reached through the functions below and in no other way.
CREATE TABLE sign_in_links (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
ALTER TABLE sign_in_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_links FORCE ROW LEVEL SECURITY;

CREATE TABLE sessions (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
SELECT guard_tenant_table('sessions');

CREATE FUNCTION put_sign_in_link(link_hash bytea, link_user uuid, link_expires_at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ INSERT INTO sign_in_links (hash, user_id, expires_at) VALUES (link_hash, link_user, link_expires_at) $$;

-- A link works once: it is gone with its first use, in time or not.
CREATE FUNCTION take_sign_in_link(link_hash bytea, at timestamptz)
    RETURNS TABLE (user_id uuid, password_hash text, tenant_id bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    WITH taken AS (
        DELETE FROM sign_in_links l WHERE l.hash = link_hash RETURNING l.user_id, l.expires_at
    )
    SELECT u.id, u.password_hash, m.tenant_id
    FROM taken JOIN users u ON u.id = taken.user_id JOIN memberships m ON m.user_id = u.id
    WHERE taken.expires_at > at
    ORDER BY m.created_at, m.tenant_id LIMIT 1
$$;

CREATE FUNCTION put_session(
    session_id uuid, session_hash bytea, session_user_id uuid, session_tenant bigint, session_expires_at timestamptz
) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    INSERT INTO sessions (tenant_id, id, hash, user_id, expires_at)
    VALUES (session_tenant, session_id, session_hash, session_user_id, session_expires_at)
$$;

CREATE FUNCTION find_session(session_hash bytea, at timestamptz)
    RETURNS TABLE (
        id uuid, user_id uuid, email text, tenant_id bigint, tenant_name text, role text, expires_at timestamptz
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
    SELECT s.id, u.id, u.email, t.tenant_id, t.name, m.role, s.expires_at
    FROM sessions s
    JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
    JOIN users u ON u.id = s.user_id
    JOIN tenants t ON t.tenant_id = s.tenant_id
    WHERE s.hash = session_hash AND s.expires_at > at
$$;

CREATE FUNCTION end_session(session_hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ DELETE FROM sessions s WHERE s.hash = session_hash $$;

GRANT EXECUTE ON FUNCTION put_sign_in_link, take_sign_in_link, put_session, find_session, end_session TO devos_app;
