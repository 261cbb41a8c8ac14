//! The audit log's chain.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use devos_contracts::Scope;
use devos_ports::Store;
use devos_ports::store::identity::AuditEntry;
use devos_postgres::PostgresStore;
use devos_testkit::{Database, World, samples};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

async fn write(store: &PostgresStore, scope: &Scope, entries: i64) {
    for number in 0..entries {
        let mut tx = store.begin(scope).await.unwrap();
        let entry = AuditEntry {
            actor: "owner@example.com".to_owned(),
            action: "settings.change".to_owned(),
            subject: "repository:shop".to_owned(),
            detail: json!({ "b": number, "a": 1.5e-7, "text": "ü\u{1F600}" }),
            at: samples::at(number),
        };
        tx.audit(&entry).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn tampering_breaks_the_chain_where_it_happened() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let scope = World::build(&store).await.unwrap().scope;
    write(&store, &scope, 5).await;
    assert_eq!(store.broken_audit_entry(&scope).await.unwrap(), None);

    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let tamper = [
        ("UPDATE audit_log SET actor = 'someone' WHERE seq = 3", 3),
        ("UPDATE audit_log SET at = at + interval '1 microsecond' WHERE seq = 2", 2),
        ("UPDATE audit_log SET detail = detail || '{\"b\": 9}' WHERE seq = 4", 4),
        ("DELETE FROM audit_log WHERE seq = 3", 4),
        ("DELETE FROM audit_log WHERE seq = 1", 2),
        // A rewritten entry whose own hash is right still does not fit the next one.
        (
            "UPDATE audit_log SET actor = 'someone' WHERE seq = 3;
             UPDATE audit_log a SET hash = audit_hash(a) WHERE seq = 3",
            4,
        ),
    ];
    for (sql, broken) in tamper {
        superuser.execute("BEGIN").await.unwrap();
        superuser.execute(AssertSqlSafe(sql)).await.unwrap();
        superuser.execute(AssertSqlSafe(format!("SET LOCAL app.tenant_id = '{}'", scope.tenant))).await.unwrap();
        let found: Option<i64> =
            sqlx::query_scalar("SELECT first_broken_audit_entry()").fetch_one(&mut superuser).await.unwrap();
        assert_eq!(found, Some(broken), "{sql}");
        superuser.execute("ROLLBACK").await.unwrap();
    }
    assert_eq!(store.broken_audit_entry(&scope).await.unwrap(), None);
}

#[tokio::test]
async fn writers_at_once_make_one_chain() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let scope = World::build(&store).await.unwrap().scope;
    tokio::join!(write(&store, &scope, 10), write(&store, &scope, 10), write(&store, &scope, 10));
    assert_eq!(store.broken_audit_entry(&scope).await.unwrap(), None);
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    let last: i64 = sqlx::query_scalar("SELECT max(seq) FROM audit_log").fetch_one(&mut superuser).await.unwrap();
    assert_eq!(last, 31);
}
