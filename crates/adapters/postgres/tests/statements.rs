//! Every statement is prepared against the migrated schema by each role that runs it.

use devos_postgres::{roles, statements};
use devos_testkit::Database;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};

#[tokio::test]
async fn every_statement_prepares_as_its_roles() {
    let database = Database::fresh().await.unwrap();
    let mut app = PgConnection::connect(&database.urls().app).await.unwrap();
    let mut ingest = PgConnection::connect(&database.urls().ingest).await.unwrap();
    let mut refused = Vec::new();
    for statement in statements() {
        for role in statement.roles {
            let db = if *role == roles::APP { &mut app } else { &mut ingest };
            if let Err(error) = db.prepare(statement.sql.into_sql_str()).await {
                refused.push(format!("{} as {role}: {error}", statement.name));
            }
            // Preparing checks no privilege; planning does.
            let explained = format!("EXPLAIN (GENERIC_PLAN) {}", statement.sql);
            if let Err(error) = sqlx::raw_sql(AssertSqlSafe(explained)).execute(&mut *db).await {
                refused.push(format!("{} as {role}: {error}", statement.name));
            }
        }
    }
    // The check itself is checked: what the one role runs is refused to the other.
    let foreign = statements().find(|statement| statement.sql.contains("FROM api_tokens")).unwrap();
    let explained = format!("EXPLAIN (GENERIC_PLAN) {}", foreign.sql);
    assert!(sqlx::raw_sql(AssertSqlSafe(explained)).execute(&mut ingest).await.is_err());
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(statements().count() > 50);
}
