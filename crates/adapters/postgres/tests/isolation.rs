//! Who can see and touch what, asked of the catalog and tried on every table.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;

use devos_postgres::{PostgresStore, roles};
use devos_testkit::{Database, World};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A filled database: the superuser, the application, and the tenant that owns the rows.
struct Walls {
    superuser: PgConnection,
    app: PgConnection,
    ingest: PgConnection,
    owner: i64,
    stranger: i64,
    _store: PostgresStore,
    _database: Database,
}

async fn walls() -> Walls {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let world = World::build(&store).await.unwrap();
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let stranger = sqlx::query_scalar("INSERT INTO tenants (name) VALUES ('Stranger') RETURNING tenant_id");
    let stranger: i64 = stranger.fetch_one(&mut superuser).await.unwrap();
    Walls {
        app: PgConnection::connect(&database.urls().app).await.unwrap(),
        ingest: PgConnection::connect(&database.urls().ingest).await.unwrap(),
        owner: world.scope.tenant.0,
        stranger,
        superuser,
        _store: store,
        _database: database,
    }
}

/// Tables with a tenant, partitions among them.
async fn tenant_tables(db: &mut PgConnection) -> Vec<String> {
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
            AND c.relnamespace = 'public'::regnamespace ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(db).await.unwrap()
}

/// The columns that the application may write with a privilege.
async fn writable(db: &mut PgConnection, table: &str, privilege: &str) -> Vec<String> {
    let sql = "SELECT attname::text FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            AND has_column_privilege('devos_app', attrelid, attnum, $2) ORDER BY attnum";
    sqlx::query_scalar(sql).bind(table).bind(privilege).fetch_all(db).await.unwrap()
}

async fn enter(db: &mut PgConnection, tenant: Option<i64>) {
    let tenant = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    sqlx::query("SELECT set_config('app.tenant_id', $1, false)").bind(tenant).execute(db).await.unwrap();
}

/// Rows seen or touched; `None` when permission is denied.
async fn rows(db: &mut PgConnection, sql: String) -> Option<u64> {
    let mut tx = db.begin().await.unwrap();
    match tx.execute(AssertSqlSafe(sql.clone())).await {
        Ok(done) => Some(done.rows_affected()),
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code().map(Cow::into_owned));
            assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
            None
        }
    }
}

#[tokio::test]
async fn every_table_keeps_tenants_apart() {
    let mut walls = walls().await;
    let tables = tenant_tables(&mut walls.superuser).await;
    assert!(tables.len() > 22, "{tables:?}");
    for table in &tables {
        let kept = format!("SELECT to_jsonb(t) FROM {table} t WHERE tenant_id = {} LIMIT 1", walls.owner);
        let row: Option<Value> =
            sqlx::query_scalar(AssertSqlSafe(kept)).fetch_optional(&mut walls.superuser).await.unwrap();
        let partition = table.rsplit('_').next().is_some_and(|end| end.len() == 8 && end.parse::<u32>().is_ok());
        assert!(row.is_some() || partition, "{table} holds nothing to hide");

        let seen = format!("SELECT 1 FROM {table}");
        enter(&mut walls.app, Some(walls.owner)).await;
        let own = rows(&mut walls.app, seen.clone()).await;
        assert!(own.is_none_or(|count| count > 0), "{table} is hidden from its own tenant");
        for tenant in [Some(walls.stranger), None] {
            enter(&mut walls.app, tenant).await;
            let count = rows(&mut walls.app, seen.clone()).await;
            let expected = u64::from(table == "tenants" && tenant.is_some());
            assert!(count.is_none_or(|count| count == expected), "{table} shows {count:?} to {tenant:?}");
            assert_untouchable(&mut walls, table, row.as_ref()).await;
        }
    }
}

/// Nothing of another tenant's can be changed, removed or added by the present one.
async fn assert_untouchable(walls: &mut Walls, table: &str, row: Option<&Value>) {
    let foreign = format!("tenant_id = {}", walls.owner);
    let updatable = writable(&mut walls.superuser, table, "UPDATE").await;
    let column = updatable.first().map_or("tenant_id", String::as_str);
    let update = format!("UPDATE {table} SET {column} = {column}");
    assert!(matches!(rows(&mut walls.app, update).await, None | Some(0)), "{table} can be updated");
    let delete = format!("DELETE FROM {table} WHERE {foreign}");
    assert!(matches!(rows(&mut walls.app, delete).await, None | Some(0)), "{table} can be deleted from");

    let Some(row) = row else { return };
    let columns = writable(&mut walls.superuser, table, "INSERT").await.join(", ");
    let columns = if columns.is_empty() { "tenant_id".to_owned() } else { columns };
    let row = row.to_string().replace('\'', "''");
    let insert = format!(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, '{row}'::jsonb)"
    );
    assert_eq!(rows(&mut walls.app, insert).await, None, "{table} takes rows of another tenant");
}

#[tokio::test]
async fn every_tenant_table_is_guarded() {
    let mut walls = walls().await;
    let bare = "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_sqlx_migrations'
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)";
    let bare: Vec<String> = sqlx::query_scalar(bare).fetch_all(&mut walls.superuser).await.unwrap();
    assert!(bare.is_empty(), "without forced row security: {bare:?}");

    let unchecked = "SELECT c.relname::text FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
                AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL AND p.polcmd = '*')";
    let unchecked: Vec<String> = sqlx::query_scalar(unchecked).fetch_all(&mut walls.superuser).await.unwrap();
    assert!(unchecked.is_empty(), "without a whole policy: {unchecked:?}");

    let open = "SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace IN ('public'::regnamespace, 'apalis'::regnamespace)
            AND p.proowner = 'devos_owner'::regrole
            AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))";
    let open: Vec<String> = sqlx::query_scalar(open).fetch_all(&mut walls.superuser).await.unwrap();
    assert!(open.is_empty(), "callable by everybody: {open:?}");

    let loose = "SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.prosecdef AND p.proowner = 'devos_owner'::regrole
            AND NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, public, pg_temp'], false)";
    let loose: Vec<String> = sqlx::query_scalar(loose).fetch_all(&mut walls.superuser).await.unwrap();
    assert!(loose.is_empty(), "with the caller's search path: {loose:?}");
}

#[tokio::test]
async fn roles_can_not_leave_their_rooms() {
    let mut walls = walls().await;
    for (role, other) in [(roles::APP, roles::INGEST), (roles::INGEST, roles::APP)] {
        let db = if role == roles::APP { &mut walls.app } else { &mut walls.ingest };
        for target in [other, "devos_owner", "postgres"] {
            assert_eq!(rows(db, format!("SET ROLE {target}")).await, None, "{role} became {target}");
        }
        assert_eq!(rows(db, "CREATE TABLE mine (id int)".to_owned()).await, None);
        assert_eq!(rows(db, "SELECT password_hash FROM users".to_owned()).await, None);
        assert_eq!(rows(db, "SELECT hash FROM sessions".to_owned()).await, None);
        assert_eq!(rows(db, "TRUNCATE log_records".to_owned()).await, None);
    }
    enter(&mut walls.app, Some(walls.owner)).await;
    assert_eq!(rows(&mut walls.app, "SELECT hash FROM api_tokens".to_owned()).await, None);
    assert_eq!(rows(&mut walls.app, "SELECT id FROM users".to_owned()).await, Some(1));
    assert_eq!(rows(&mut walls.app, "UPDATE audit_log SET actor = ''".to_owned()).await, None);
    assert_eq!(rows(&mut walls.app, "DELETE FROM audit_log".to_owned()).await, None);
    enter(&mut walls.app, Some(walls.stranger)).await;
    assert_eq!(rows(&mut walls.app, "SELECT id FROM users".to_owned()).await, Some(0));
    let views = ["application_logs", "trace_spans", "metrics_samples", "selfheal_proposals", "pull_requests"];
    for view in views {
        enter(&mut walls.app, Some(walls.owner)).await;
        assert!(rows(&mut walls.app, format!("SELECT 1 FROM {view}")).await > Some(0), "{view} is empty");
        enter(&mut walls.app, Some(walls.stranger)).await;
        assert_eq!(rows(&mut walls.app, format!("SELECT 1 FROM {view}")).await, Some(0), "{view} shows all tenants");
    }
}

/// It sees past row security, so that the list is all that holds it.
#[tokio::test]
async fn ingest_is_granted_this_and_nothing_else() {
    let mut walls = walls().await;
    let granted = "SELECT format('%s %s', table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type))
        FROM information_schema.role_table_grants WHERE grantee = 'devos_ingest' GROUP BY table_name ORDER BY table_name";
    let granted: Vec<String> = sqlx::query_scalar(granted).fetch_all(&mut walls.superuser).await.unwrap();
    let expected = [
        "failure_signals INSERT",
        "ingest_batches INSERT SELECT",
        "jobs INSERT",
        "log_records INSERT",
        "metric_points INSERT",
        "metric_series INSERT SELECT",
        "patterns INSERT SELECT UPDATE",
        "resources INSERT SELECT",
        "spans INSERT",
        "telemetry_drops INSERT SELECT UPDATE",
    ];
    assert_eq!(granted, expected);

    let columns = "SELECT DISTINCT format('%s %s', table_name, privilege_type)
        FROM information_schema.role_column_grants c
        WHERE grantee = 'devos_ingest' AND NOT EXISTS (SELECT FROM information_schema.role_table_grants t
            WHERE t.grantee = c.grantee AND t.table_name = c.table_name) ORDER BY 1";
    let columns: Vec<String> = sqlx::query_scalar(columns).fetch_all(&mut walls.superuser).await.unwrap();
    assert_eq!(columns, ["repositories SELECT"]);

    let functions = "SELECT p.proname::text FROM pg_proc p
        WHERE p.proowner = 'devos_owner'::regrole AND has_function_privilege('devos_ingest', p.oid, 'EXECUTE') ORDER BY 1";
    let functions: Vec<String> = sqlx::query_scalar(functions).fetch_all(&mut walls.superuser).await.unwrap();
    assert_eq!(functions, ["claim_job_key", "current_tenant", "ensure_partitions", "partition_window"]);
}
