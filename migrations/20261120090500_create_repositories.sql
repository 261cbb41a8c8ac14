CREATE TABLE repositories (
    tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL,
    forge text NOT NULL CHECK (forge IN ('local')),
    remote text NOT NULL,
    default_branch text NOT NULL,
    services text[] NOT NULL,
    settings_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
SELECT guard_tenant_table('repositories');
GRANT SELECT, INSERT, UPDATE ON repositories TO devos_app;
GRANT SELECT (tenant_id, id, name, services, created_at) ON repositories TO devos_ingest;

-- Every version of the settings; repositories.settings_version names the one in force.
CREATE TABLE repository_settings (
    tenant_id bigint NOT NULL,
    repository_id uuid NOT NULL,
    version bigint NOT NULL,
    settings jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, repository_id, version),
    FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories ON DELETE CASCADE
);
SELECT guard_tenant_table('repository_settings');
GRANT SELECT, INSERT ON repository_settings TO devos_app;
