//! What telemetry is let in, what is refused, and where that is counted.

use devos_contracts::scope::{Actor, Rights, TokenScope};
use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetryBatch, TelemetrySignal};
use devos_contracts::{Scope, TokenId};
use devos_services::ServiceError;
use devos_services::ingest::Accepted;
use devos_testkit::samples;

use crate::loop_world::LoopWorld;

fn sender(world: &LoopWorld) -> Scope {
    let actor = Actor::Token { id: TokenId(samples::id(77)), name: "sender".into() };
    Scope { tenant: world.scope.tenant, actor, rights: Rights::Token(vec![TokenScope::Ingest]) }
}

async fn accept(world: &LoopWorld, batch: TelemetryBatch, digest: &[u8; 32]) -> Result<Accepted, ServiceError> {
    let scope = sender(world);
    let turn = world.ingest.admit(&scope)?.turn().await?;
    world.ingest.accept(&scope, turn, batch, digest).await
}

fn refusal(signal: TelemetrySignal, reason: RefusalReason, count: u64) -> Refusal {
    Refusal { signal, reason, count }
}

#[tokio::test]
async fn a_flood_is_thinned_and_errors_stay() {
    let world = LoopWorld::new().await;
    let scope = sender(&world);
    // The quota of this world is a thousand a minute, of which a fifth is kept for errors.
    let mut batch = samples::telemetry("shop", 1500, 0, samples::at(0));
    for log in &mut batch.logs[1400..] {
        log.severity_number = 17;
    }
    let accepted = accept(&world, batch, &[1; 32]).await.unwrap();
    let over = refusal(TelemetrySignal::Logs, RefusalReason::OverQuota, 700);
    assert_eq!(accepted.refused, std::slice::from_ref(&over));
    assert_eq!(world.store.telemetry(scope.tenant), (800, 0, 0), "a hundred errors, seven hundred others");
    assert_eq!(world.store.drops(scope.tenant), [over]);

    let more = accept(&world, samples::telemetry("shop", 10, 0, samples::at(0)), &[2; 32]).await;
    assert!(matches!(more, Err(ServiceError::OverQuota { .. })), "nothing of it came in: {more:?}");
    world.ingest.flush().await.unwrap();
    let counted = refusal(TelemetrySignal::Logs, RefusalReason::OverQuota, 710);
    assert_eq!(world.store.drops(world.scope.tenant), [counted], "what is told to come back is counted too");
    let spans = accept(&world, samples::telemetry("shop", 0, 10, samples::at(0)), &[3; 32]).await.unwrap();
    assert!(spans.refused.is_empty(), "every signal has its own quota");
    world.clock.advance(chrono::TimeDelta::seconds(30));
    let later = accept(&world, samples::telemetry("shop", 10, 0, samples::at(0)), &[4; 32]).await.unwrap();
    assert!(later.refused.is_empty(), "it refills");
}

#[tokio::test]
async fn the_same_request_is_stored_once() {
    let world = LoopWorld::new().await;
    let scope = sender(&world);
    let batch = || samples::telemetry("shop", 3, 3, samples::at(0));
    assert!(!accept(&world, batch(), &[1; 32]).await.unwrap().duplicate);
    assert!(accept(&world, batch(), &[1; 32]).await.unwrap().duplicate);
    assert_eq!(world.store.telemetry(scope.tenant), (3, 3, 0));
}

#[tokio::test]
async fn what_never_became_records_is_counted_too() {
    let world = LoopWorld::new().await;
    let scope = sender(&world);
    let malformed = |count| refusal(TelemetrySignal::Logs, RefusalReason::Malformed, count);
    world.ingest.refuse(&scope, TelemetrySignal::Logs, RefusalReason::Malformed, 1);
    world.ingest.refuse(&scope, TelemetrySignal::Logs, RefusalReason::Malformed, 2);
    assert!(world.store.drops(scope.tenant).is_empty(), "not before it is written down");
    accept(&world, samples::telemetry("shop", 1, 0, samples::at(0)), &[1; 32]).await.unwrap();
    assert_eq!(world.store.drops(scope.tenant), [malformed(3)], "with the next batch");
    world.ingest.refuse(&scope, TelemetrySignal::Logs, RefusalReason::Malformed, 4);
    world.ingest.flush().await.unwrap();
    world.ingest.flush().await.unwrap();
    assert_eq!(world.store.drops(scope.tenant), [malformed(7)], "or when it is flushed, once");
}

#[tokio::test]
async fn the_line_is_bounded_by_bytes_and_by_requests() {
    let world = LoopWorld::new().await;
    let scope = sender(&world);
    let reader = Scope { rights: Rights::Token(vec![TokenScope::Read]), ..scope.clone() };
    assert!(matches!(world.ingest.admit(&reader), Err(ServiceError::Denied(_))), "rights come first");

    let mut large = world.ingest.admit(&scope).unwrap();
    large.hold(32 << 20).unwrap();
    large.hold(48 << 20).unwrap();
    let mut other = world.ingest.admit(&scope).unwrap();
    assert!(other.hold(17 << 20).is_err(), "there is room for 64 MiB in all");
    other.hold(16 << 20).unwrap();
    drop(large);
    other.hold(60 << 20).unwrap();

    let mut turns = Vec::new();
    for _ in 0..4 {
        turns.push(world.ingest.admit(&scope).unwrap().turn().await.unwrap());
    }
    let waiting: Vec<_> = (0..70).map(|_| tokio::spawn(world.ingest.admit(&scope).unwrap().turn())).collect();
    tokio::task::yield_now().await;
    drop(turns);
    let (mut served, mut refused) = (0, 0);
    for turn in waiting {
        match turn.await.unwrap() {
            Ok(_) => served += 1,
            Err(_) => refused += 1,
        }
    }
    assert_eq!((served, refused), (64, 6));
}
