-- The one predicate of every tenant table. After SET LOCAL ends the setting is '', hence the nullif.
CREATE FUNCTION current_tenant() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::bigint $$;

GRANT EXECUTE ON FUNCTION current_tenant() TO devos_app, devos_ingest;

-- Every table with a tenant_id passes through here in the migration that makes it.
CREATE FUNCTION guard_tenant_table(guarded regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format(
        'CREATE POLICY tenant ON %s USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())',
        guarded
    );
END
$$;
