//! A pause holds repairs back, and only as long as it was meant to.

use chrono::TimeDelta;
use devos_contracts::api::PausePattern;
use devos_contracts::pattern::PatternState;
use devos_ports::Clock;

use crate::loop_world::LoopWorld;

#[tokio::test]
async fn a_paused_pattern_is_counted_but_not_repaired() {
    let world = LoopWorld::new().await;
    let pattern = world.fail().await;
    let pause = PausePattern { reason: "known".into(), until: None };
    world.incidents.pause(&world.scope, pattern, pause).await.unwrap();
    world.work(1).await;
    assert!(world.newest().await.is_none());
    world.incidents.resume(&world.scope, pattern).await.unwrap();
    world.clock.advance(TimeDelta::hours(1));
    world.fail().await;
    world.work(1).await;
    assert!(world.newest().await.is_some());
}

#[tokio::test]
async fn a_pause_ends_by_itself() {
    let world = LoopWorld::new().await;
    let pattern = world.fail().await;
    let until = world.clock.now() + TimeDelta::hours(2);
    let pause = PausePattern { reason: "release freeze".into(), until: Some(until) };
    world.incidents.pause(&world.scope, pattern, pause).await.unwrap();
    world.work(1).await;
    assert!(world.newest().await.is_none());

    world.clock.advance(TimeDelta::hours(3));
    world.fail().await;
    world.work(1).await;
    assert!(world.newest().await.is_some());
    let shown = world.incidents.get(&world.scope, pattern).await.unwrap().pattern;
    assert!(shown.pause.is_none());
    assert_eq!(shown.state, PatternState::Repairing);
}
