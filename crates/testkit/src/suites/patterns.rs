//! Signals, patterns and memory.

use anyhow::{Context, Result};
use chrono::Utc;
use devos_contracts::api::Change;
use devos_contracts::pattern::{MemoryKind, OccurrenceBucket, Pattern, PatternState, Pause};
use devos_contracts::signal::FailureSignal;
use devos_contracts::{Fingerprint, MemoryId, PatternId, Scope};
use devos_ports::store::patterns::NewMemory;
use devos_ports::store::{NewRepair, PatternFilter};

use super::{Bench, connect, record, tenant};
use crate::samples::{self, at, commit, id, runtime_signal, signal};

async fn read(bench: &dyn Bench, scope: &Scope, pattern: PatternId) -> Result<Pattern> {
    let mut tx = bench.store().begin(scope).await?;
    tx.pattern(pattern).await?.context("the pattern is there")
}

/// Signals with one key in one repository are one pattern; elsewhere they are another.
pub async fn equal_failures_are_one_pattern(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let desk = connect(bench, &scope, 11, "desk").await?;
    let mut tx = bench.store().begin(&scope).await?;
    let first = tx.record_signal(&signal(1, Some(shop.id), "total")).await?;
    assert_eq!((first.occurrences, first.state), (1, PatternState::Open));
    let newer = FailureSignal {
        pattern_id: Fingerprint("ff".repeat(32)),
        title: "newer".to_owned(),
        commit: Some(commit("newer")),
        occurred_at: at(60),
        ..signal(2, Some(shop.id), "total")
    };
    let second = tx.record_signal(&newer).await?;
    assert_eq!((second.pattern, second.occurrences), (first.pattern, 2));
    let elsewhere = tx.record_signal(&signal(3, Some(desk.id), "total")).await?;
    assert_ne!(elsewhere.pattern, first.pattern);
    let nowhere = tx.record_signal(&signal(4, None, "total")).await?;
    let nowhere_again = tx.record_signal(&signal(5, None, "total")).await?;
    assert_eq!((nowhere.pattern, 2), (nowhere_again.pattern, nowhere_again.occurrences));
    tx.commit().await?;

    let pattern = read(bench, &scope, first.pattern).await?;
    assert_eq!(pattern.pattern_ids, [newer.pattern_id.clone(), signal(1, None, "total").pattern_id]);
    assert_eq!((pattern.title.as_str(), pattern.commit), ("newer", newer.commit.clone()));
    assert_eq!((pattern.first_seen, pattern.last_seen), (at(0), at(60)));
    assert_eq!((pattern.repository, pattern.repository_name.as_deref()), (Some(shop.id), Some("shop")));
    assert_eq!((pattern.repair, pattern.attempts, pattern.pause), (None, 0, None));
    let mut tx = bench.store().begin(&scope).await?;
    assert_eq!(tx.latest_signal(first.pattern).await?, Some(newer));
    assert_eq!(tx.pattern(PatternId(id(99))).await?, None);
    assert_eq!(tx.latest_signal(PatternId(id(99))).await?, None);
    Ok(())
}

/// A signal older than the newest changes counts and times, not what the pattern shows.
pub async fn late_signals_are_only_counted(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let pattern = record(bench, &scope, &runtime_signal(1, None, "cart")).await?;
    let late = FailureSignal { title: "late".to_owned(), occurred_at: at(-60), ..runtime_signal(2, None, "cart") };
    assert_eq!(record(bench, &scope, &late).await?, pattern);
    for number in 0..25 {
        let other = Fingerprint(format!("{number:064}"));
        let signal = FailureSignal { pattern_id: other, ..runtime_signal(100 + number, None, "cart") };
        record(bench, &scope, &signal).await?;
    }
    let shown = read(bench, &scope, pattern).await?;
    assert_ne!(shown.title, "late");
    assert_eq!((shown.first_seen, shown.last_seen, shown.occurrences), (at(-60), at(0), 27));
    assert_eq!((shown.pattern_ids.len(), shown.pattern_ids[0].as_str()), (20, format!("{:064}", 24).as_str()));
    assert_eq!(shown.service.as_deref(), Some("cart"));
    Ok(())
}

/// A signal newer than all before it reopens a fixed pattern and says so, once; a late one does not.
pub async fn fixed_patterns_reopen(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let pattern = record(bench, &scope, &signal(1, None, "total")).await?;
    let mut tx = bench.store().begin(&scope).await?;
    tx.set_pattern_state(pattern, PatternState::Fixed).await?;
    let late = tx.record_signal(&FailureSignal { occurred_at: at(-5), ..signal(2, None, "total") }).await?;
    assert_eq!(late.state, PatternState::Fixed);
    assert_eq!(tx.pattern(pattern).await?.context("there")?.state, PatternState::Fixed);
    let back = tx.record_signal(&FailureSignal { occurred_at: at(5), ..signal(3, None, "total") }).await?;
    assert_eq!((back.state, back.occurrences), (PatternState::Fixed, 3));
    assert_eq!(tx.pattern(pattern).await?.context("there")?.state, PatternState::Open);
    let next = tx.record_signal(&FailureSignal { occurred_at: at(5), ..signal(4, None, "total") }).await?;
    assert_eq!(next.state, PatternState::Open);
    Ok(())
}

/// Filters combine, and pages neither skip nor repeat.
pub async fn lists_are_filtered_and_paged(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let mut all = Vec::new();
    for number in 0..7 {
        // Pairs share their time, so that the id decides.
        let occurred_at = at(i64::try_from(number / 2)?);
        let repository = (number < 4).then_some(shop.id);
        let signal = FailureSignal { occurred_at, ..signal(number, repository, &format!("test_{number}_100%")) };
        all.push(record(bench, &scope, &signal).await?);
    }
    let mut tx = bench.store().begin(&scope).await?;
    tx.set_pattern_state(all[2], PatternState::Repairing).await?;
    let mut seen = Vec::new();
    let mut filter = PatternFilter { limit: 3, ..PatternFilter::default() };
    loop {
        let page = tx.patterns(&filter).await?;
        let Some(last) = page.last() else { break };
        filter.after = Some((last.last_seen, last.id));
        seen.extend(page.iter().map(|pattern| pattern.id));
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen[0], all[6]);
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 7);

    let mut count = async |filter: PatternFilter| -> Result<usize> {
        Ok(tx.patterns(&PatternFilter { limit: 50, ..filter }).await?.len())
    };
    let any = PatternFilter::default;
    assert_eq!(count(PatternFilter { repository: Some(shop.id), ..any() }).await?, 4);
    assert_eq!(count(PatternFilter { state: Some(PatternState::Repairing), ..any() }).await?, 1);
    assert_eq!(count(PatternFilter { text: Some("TEST_3".to_owned()), ..any() }).await?, 1);
    assert_eq!(count(PatternFilter { text: Some("100%".to_owned()), ..any() }).await?, 7);
    assert_eq!(count(PatternFilter { text: Some("%3%".to_owned()), ..any() }).await?, 0, "no wildcards");
    let both = PatternFilter { text: Some("test_3".to_owned()), state: Some(PatternState::Fixed), ..any() };
    assert_eq!(count(both).await?, 0);
    Ok(())
}

/// A pause shows with the pattern, can be replaced, and lifting it opens the pattern.
pub async fn pauses_show_and_lift(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let pattern = record(bench, &scope, &signal(1, None, "total")).await?;
    let pause = |reason: &str| Pause {
        reason: reason.to_owned(),
        by: "owner@example.com".to_owned(),
        since: at(10),
        until: Some(at(3600)),
    };
    let mut changes = bench.store().changes();
    let mut tx = bench.store().begin(&scope).await?;
    tx.set_pause(pattern, Some(&pause("noisy"))).await?;
    tx.set_pause(pattern, Some(&pause("known"))).await?;
    tx.commit().await?;
    assert_eq!(changes.recv().await?, (scope.tenant, Change::Pattern { id: pattern }));
    let shown = read(bench, &scope, pattern).await?;
    assert_eq!((shown.state, shown.pause), (PatternState::Paused, Some(pause("known"))));

    let mut tx = bench.store().begin(&scope).await?;
    let seen = tx.record_signal(&FailureSignal { occurred_at: at(20), ..signal(2, None, "total") }).await?;
    assert_eq!(seen.state, PatternState::Paused, "it is recorded, but stays paused");
    tx.set_pause(pattern, None).await?;
    let shown = tx.pattern(pattern).await?.context("there")?;
    assert_eq!((shown.state, shown.pause), (PatternState::Open, None));
    tx.set_pattern_state(pattern, PatternState::Repairing).await?;
    tx.set_pause(pattern, None).await?;
    assert_eq!(tx.pattern(pattern).await?.context("there")?.state, PatternState::Repairing, "nothing to lift");
    Ok(())
}

/// Hours begin on the hour, empty ones are left out.
pub async fn occurrences_are_counted_by_hour(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut pattern = None;
    for (number, seconds) in [0, 10, 3599, 3600, 4 * 3600].into_iter().enumerate() {
        let signal = FailureSignal { occurred_at: at(seconds), ..signal(number as u128, None, "total") };
        pattern = Some(record(bench, &scope, &signal).await?);
    }
    let pattern = pattern.context("recorded")?;
    let mut tx = bench.store().begin(&scope).await?;
    let bucket = |hour: i64, count| OccurrenceBucket { at: at(hour * 3600), count };
    assert_eq!(tx.histogram(pattern, at(0)).await?, [bucket(0, 3), bucket(1, 1), bucket(4, 1)]);
    assert_eq!(tx.histogram(pattern, at(3600)).await?, [bucket(1, 1), bucket(4, 1)]);
    assert_eq!(tx.occurrences_since(pattern, at(3600)).await?, 1, "after, not at");
    assert_eq!(tx.occurrences_since(pattern, at(3599)).await?, 2);
    Ok(())
}

/// What shares more words comes first; the same is remembered once.
pub async fn memory_is_found_by_words(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let pattern = record(bench, &scope, &signal(1, None, "total")).await?;
    let item = |number, kind, title: &str, text: &str| NewMemory {
        id: MemoryId(id(number)),
        kind,
        pattern,
        title: title.to_owned(),
        text: text.to_owned(),
        at: at(0),
    };
    let mut tx = bench.store().begin(&scope).await?;
    tx.remember(&item(1, MemoryKind::Incident, "Cart total", "assertion in cart total rounding")).await?;
    tx.remember(&item(2, MemoryKind::Incident, "Cart total", "said twice")).await?;
    tx.remember(&item(3, MemoryKind::Fix, "Cart total", "revert the rounding of tax")).await?;
    tx.remember(&item(4, MemoryKind::RejectedFix, "Mail", "smtp timeout\0 while sending")).await?;
    let found = tx.recall("Rounding in the CART total's assertion", 10).await?;
    assert_eq!(found.iter().map(|item| item.id).collect::<Vec<_>>(), [MemoryId(id(1)), MemoryId(id(3))]);
    assert_eq!(found[0].text, "assertion in cart total rounding");
    assert_eq!(tx.recall("timeout", 10).await?[0].kind, MemoryKind::RejectedFix);
    assert_eq!(tx.recall("rounding", 1).await?.len(), 1);
    assert!(tx.recall("kernel panic", 10).await?.is_empty());
    assert!(tx.recall("'|& !:* ()", 10).await?.is_empty(), "no query language");
    Ok(())
}

/// A pattern shows its newest repair and how many began in the window.
pub async fn attempts_are_shown(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let pattern = record(bench, &scope, &signal(1, Some(shop.id), "total")).await?;
    let mut tx = bench.store().begin(&scope).await?;
    let now = Utc::now();
    for (number, hours) in [(1, 30), (2, 20), (3, 1)] {
        let began = now - chrono::TimeDelta::hours(hours);
        let repair = NewRepair { at: began, ..samples::repair(number, pattern, shop.id) };
        let mut first = samples::opened(pattern);
        first.state = devos_contracts::repair::RepairState::Abstained;
        assert!(tx.add_repair(&repair, &first).await?);
    }
    let shown = tx.pattern(pattern).await?.context("there")?;
    assert_eq!((shown.attempts, shown.repair), (2, Some(samples::repair(3, pattern, shop.id).id)));
    Ok(())
}
