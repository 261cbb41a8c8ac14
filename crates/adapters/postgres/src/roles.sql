-- Roles belong to the whole cluster and privileges on the database to no migration, so this runs before every
-- migration and changes only what is missing.
DO $$
BEGIN
    IF to_regrole('devos_owner') IS NULL THEN
        BEGIN
            CREATE ROLE devos_owner NOLOGIN BYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was faster
        END;
    END IF;
    IF to_regrole('devos_app') IS NULL THEN
        BEGIN
            CREATE ROLE devos_app LOGIN NOINHERIT NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF to_regrole('devos_ingest') IS NULL THEN
        BEGIN
            CREATE ROLE devos_ingest LOGIN NOINHERIT BYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;

    -- Roles made by hand must hold the same; a role that sees all tenants must not be the application's.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'devos_app' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'the role devos_app must not bypass row security';
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('devos_owner', 'devos_ingest') AND NOT (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'the roles devos_owner and devos_ingest need BYPASSRLS';
    END IF;

    IF NOT pg_has_role('devos_owner', 'SET') THEN
        EXECUTE format('GRANT devos_owner TO %I', current_user);
    END IF;
    IF NOT has_database_privilege('devos_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO devos_owner', current_database());
    END IF;
    IF NOT has_schema_privilege('devos_owner', 'public', 'CREATE') THEN
        GRANT CREATE ON SCHEMA public TO devos_owner;
    END IF;
    -- Functions are callable by everybody unless said otherwise; here each is granted by name.
    ALTER DEFAULT PRIVILEGES FOR ROLE devos_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
END
$$;
