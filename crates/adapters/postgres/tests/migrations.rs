//! Bringing databases up to date, many at once, and losing them.

use std::time::{Duration, Instant};

use apalis_postgres::PostgresStorage;
use devos_contracts::api::Change;
use devos_contracts::{Scope, TenantId};
use devos_ports::{Store, StoreError};
use devos_postgres::{Config, Databases, PostgresStore, Urls, migrate};
use devos_testkit::{Database, World, samples};
use sqlx::{Connection, Executor, PgConnection, PgPool};

#[tokio::test]
async fn migrating_again_changes_nothing_and_is_quick() {
    let database = Database::fresh().await.unwrap();
    let started = Instant::now();
    migrate(database.urls()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    // apalis' own setup agrees with what was run in its place.
    let pool = PgPool::connect(database.superuser_url()).await.unwrap();
    PostgresStorage::setup(&pool).await.unwrap();
    let pgcrypto = "SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'";
    assert_eq!(sqlx::query_scalar::<_, i64>(pgcrypto).fetch_one(&pool).await.unwrap(), 0);
    let missing = Urls { owner: None, ..database.urls().clone() };
    assert!(migrate(&missing).await.is_err());
}

#[tokio::test]
async fn databases_are_migrated_at_once() {
    let database = Database::fresh().await.unwrap();
    let mut databases = Databases::connect(database.superuser_url()).await.unwrap();
    let names: Vec<_> = (0..3).map(|number| format!("devos_many_{}_{number}", std::process::id())).collect();
    for name in &names {
        databases.ensure(name).await.unwrap();
        databases.ensure(name).await.unwrap();
    }
    let urls: Vec<_> = names.iter().map(|name| Urls::trusting(&databases.url(name)).unwrap()).collect();
    // Each twice, so that two processes meet at one database too.
    let (a, b, c, again) = tokio::join!(migrate(&urls[0]), migrate(&urls[1]), migrate(&urls[2]), migrate(&urls[0]));
    a.and(b).and(c).and(again).unwrap();
    let store = PostgresStore::connect(&Config { urls: urls[2].clone(), app_max: 2, ingest_max: 2 }).await.unwrap();
    store.ping().await.unwrap();
    store.close().await;
    for name in &names {
        databases.drop(name).await.unwrap();
        databases.drop(name).await.unwrap();
    }
    assert!(databases.ensure("no; DROP").await.is_err());
}

#[tokio::test]
async fn changes_are_heard_again_after_the_connection_broke() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let world = World::build(&store).await.unwrap();
    let mut changes = store.changes();
    let mut superuser = PgConnection::connect(database.superuser_url()).await.unwrap();
    superuser
        .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'devos_app'")
        .await
        .unwrap();
    let heard = async {
        loop {
            // What is told while nobody listens is lost, so it is told until it is heard.
            if let Ok(mut tx) = store.begin(&world.scope).await
                && tx.set_due(world.repair.id, None).await.is_ok()
                && tx.set_pause(world.repair.pattern, None).await.is_ok()
            {
                tx.commit().await.unwrap();
            }
            if let Ok(change) = tokio::time::timeout(Duration::from_millis(50), changes.recv()).await {
                break change.unwrap();
            }
        }
    };
    let change = tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap();
    assert_eq!(change, (world.scope.tenant, Change::Pattern { id: world.repair.pattern }));
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.begin(&Scope::system(TenantId(1))).await.err(), Some(StoreError::Unavailable(_))));
    let nowhere = Urls::trusting("postgres:///x?host=/nonexistent&user=postgres").unwrap();
    let config = Config { urls: nowhere, app_max: 1, ingest_max: 1 };
    assert!(matches!(PostgresStore::connect(&config).await.err(), Some(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_statement_that_waits_too_long_is_ended() {
    let database = Database::fresh().await.unwrap();
    let store = database.store().await.unwrap();
    let world = World::build(&store).await.unwrap();
    let mut first = store.begin(&world.scope).await.unwrap();
    first.lock_repair(world.repair.id).await.unwrap();
    let mut second = store.begin(&world.scope).await.unwrap();
    let waited = second.lock_repair(world.repair.id).await;
    assert!(matches!(waited, Err(StoreError::Unavailable(_))), "{waited:?}");
    let step = samples::entry(
        2,
        devos_contracts::journal::Observation::ProposalClosed,
        devos_contracts::repair::RepairState::Cancelled,
    );
    assert!(first.append(world.repair.id, &step).await.unwrap());
}
