//! Test runs, signals, patterns and memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::api::{Change, TestRun};
use devos_contracts::ci::{LintFinding, LintReport, RunKind, RunSource, TestOutcome, TestReport};
use devos_contracts::journal::TestRecord;
use devos_contracts::pattern::{OccurrenceBucket, Pattern, PatternState, Pause};
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, PatternId, Redacted, RepositoryId, SignalId, TestRunId};
use devos_logic::signal::{self, CommitResult};
use devos_ports::store::patterns::{MemoryItem, NewMemory, RECORDED_RESULTS};
use devos_ports::store::{NewTestRun, PatternFilter, PatternTx, SeenPattern, StoreResult};
use uuid::Uuid;

use super::state::TenantData;
use super::tx::MemTx;

/// Fingerprints that a pattern remembers.
const FINGERPRINTS: usize = 20;

impl MemTx {
    /// Counts a signal into its pattern, which is made when it is new.
    pub(super) fn count_signal(&mut self, signal: &FailureSignal) -> SeenPattern {
        let same =
            |pattern: &&Pattern| pattern.group_key == signal.group_key && pattern.repository == signal.repository;
        let before = self.data().patterns.iter().find(same).cloned();
        let id = before.as_ref().map_or_else(|| PatternId(Uuid::now_v7()), |pattern| pattern.id);
        let signal = signal.clone();
        let occurrences = self.write(move |data| {
            data.signals.push((id, signal.clone()));
            let name = signal.repository.and_then(|repository| data.repository_name(repository));
            if let Some(pattern) = data.patterns.iter_mut().find(|pattern| pattern.id == id) {
                count(pattern, &signal);
                pattern.occurrences
            } else {
                data.patterns.push(first(id, &signal, name));
                signal.occurrences.into()
            }
        });
        self.announce(Change::Pattern { id });
        SeenPattern { pattern: id, occurrences, state: before.map_or(PatternState::Open, |pattern| pattern.state) }
    }

    /// What is joined to a pattern when it is read.
    fn complete(&self, data: &TenantData, mut pattern: Pattern) -> Pattern {
        let hours = pattern
            .repository
            .and_then(|id| data.repositories.iter().find(|repository| repository.id == id))
            .map_or(24, |repository| repository.settings.attempts_window_hours);
        let since = self.shared.now() - TimeDelta::hours(i64::from(hours));
        let repairs = || data.repairs.iter().filter(|repair| repair.pattern == pattern.id);
        let attempts = repairs().filter(|repair| repair.created_at > since).count();
        pattern.attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        pattern.repair = repairs().max_by_key(|repair| (repair.created_at, repair.id)).map(|repair| repair.id);
        pattern
    }

    /// The run that holds the same report of the same commit already.
    fn earlier_run(&self, run: &NewTestRun) -> Option<TestRunId> {
        let data = self.data();
        let same = |known: &&NewTestRun| {
            (known.repository, &known.commit, known.digest) == (run.repository, &run.commit, run.digest)
        };
        let tests = data.runs.iter().map(|(known, _)| known);
        tests.chain(data.lint_runs.iter().map(|(known, _)| known)).find(same).map(|known| known.id)
    }

    fn update_pattern(&mut self, id: PatternId, update: impl Fn(&mut Pattern) + Send + 'static) {
        self.write(move |data| data.patterns.iter_mut().filter(|pattern| pattern.id == id).for_each(&update));
        self.announce(Change::Pattern { id });
    }
}

fn first(id: PatternId, signal: &FailureSignal, repository_name: Option<String>) -> Pattern {
    Pattern {
        id,
        group_key: signal.group_key.clone(),
        pattern_ids: vec![signal.pattern_id.clone()],
        signal_type: signal.signal_type,
        title: signal.title.clone(),
        repository: signal.repository,
        repository_name,
        service: signal.service.clone(),
        test: signal.test.clone(),
        commit: signal.commit.clone(),
        occurrences: signal.occurrences.into(),
        first_seen: signal.occurred_at,
        last_seen: signal.occurred_at,
        state: PatternState::Open,
        pause: None,
        attempts: 0,
        repair: None,
    }
}

fn count(pattern: &mut Pattern, signal: &FailureSignal) {
    let newest = signal.occurred_at >= pattern.last_seen;
    if pattern.state == PatternState::Fixed && signal.occurred_at > pattern.last_seen {
        pattern.state = PatternState::Open;
    }
    pattern.pattern_ids.retain(|known| *known != signal.pattern_id);
    pattern.pattern_ids.insert(0, signal.pattern_id.clone());
    pattern.pattern_ids.truncate(FINGERPRINTS);
    if newest {
        pattern.title.clone_from(&signal.title);
    }
    if (newest && signal.commit.is_some()) || pattern.commit.is_none() {
        pattern.commit.clone_from(&signal.commit);
    }
    pattern.service = signal.service.clone().or_else(|| pattern.service.take());
    pattern.test = signal.test.clone().or_else(|| pattern.test.take());
    pattern.occurrences += i64::from(signal.occurrences);
    pattern.first_seen = pattern.first_seen.min(signal.occurred_at);
    pattern.last_seen = pattern.last_seen.max(signal.occurred_at);
}

fn summarize(run: NewTestRun, report: &TestReport) -> TestRun {
    let count = |is: fn(&TestOutcome) -> bool| {
        u32::try_from(report.cases.iter().filter(|case| is(&case.outcome)).count()).unwrap_or(u32::MAX)
    };
    TestRun {
        id: run.id,
        commit: run.commit,
        kind: RunKind::Test,
        source: run.source,
        passed: count(|outcome| matches!(outcome, TestOutcome::Passed)),
        failed: count(|outcome| matches!(outcome, TestOutcome::Failed(_))),
        skipped: count(|outcome| matches!(outcome, TestOutcome::Skipped)),
        at: run.at,
    }
}

fn summarize_lint(run: NewTestRun, report: &LintReport) -> TestRun {
    let failed = report.counts().errors;
    TestRun { kind: RunKind::Lint, failed, ..summarize(run, &TestReport::default()) }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn at_most<T>(mut items: Vec<T>, limit: i64) -> Vec<T> {
    items.truncate(usize::try_from(limit).unwrap_or(0));
    items
}

#[async_trait]
impl PatternTx for MemTx {
    async fn add_test_run(
        &mut self,
        run: &NewTestRun,
        report: &Redacted<TestReport>,
    ) -> StoreResult<Result<(), TestRunId>> {
        if let Some(earlier) = self.earlier_run(run) {
            return Ok(Err(earlier));
        }
        let row = (run.clone(), report.get().clone());
        self.write(move |data| data.runs.push(row.clone()));
        Ok(Ok(()))
    }

    async fn add_lint_run(
        &mut self,
        run: &NewTestRun,
        report: &Redacted<LintReport>,
    ) -> StoreResult<Result<(), TestRunId>> {
        if let Some(earlier) = self.earlier_run(run) {
            return Ok(Err(earlier));
        }
        let row = (run.clone(), report.get().clone());
        self.write(move |data| data.lint_runs.push(row.clone()));
        Ok(Ok(()))
    }

    async fn lint_findings(
        &mut self,
        repository: RepositoryId,
        run: TestRunId,
        skip: i64,
        limit: i64,
    ) -> StoreResult<Option<Vec<LintFinding>>> {
        let mut runs = self.data().lint_runs.into_iter();
        let found = runs.find(|(known, _)| (known.id, known.repository) == (run, repository));
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(found.map(|(_, report)| at_most(report.findings.into_iter().skip(skip).collect(), limit)))
    }

    async fn flaky_tests(
        &mut self,
        repository: RepositoryId,
        commit: &CommitId,
        tests: &[String],
    ) -> StoreResult<BTreeSet<String>> {
        let runs = self.data().runs;
        let here =
            |run: &NewTestRun| run.repository == repository && run.commit == *commit && run.source == RunSource::Ci;
        let cases = runs
            .iter()
            .filter(|(run, _)| here(run))
            .flat_map(|(run, report)| report.cases.iter().map(move |case| (run.id, case.id(), case)));
        let cases: Vec<_> = cases.filter(|(_, test, _)| tests.contains(test)).collect();
        Ok(signal::flaky_tests(cases.iter().map(|(run, test, case)| CommitResult {
            test,
            run: *run,
            outcome: &case.outcome,
            flaky: case.flaky,
        })))
    }

    async fn patterns_of_run(&mut self, run: TestRunId) -> StoreResult<Vec<PatternId>> {
        let signals = self.data().signals.into_iter().filter(|(_, signal)| signal.trigger_id == run.trigger());
        let mut patterns: Vec<(SignalId, PatternId)> = signals.map(|(pattern, signal)| (signal.id, pattern)).collect();
        patterns.sort();
        let mut seen = BTreeSet::new();
        Ok(patterns.into_iter().map(|(_, pattern)| pattern).filter(|pattern| seen.insert(*pattern)).collect())
    }

    async fn test_runs(&mut self, repository: RepositoryId, limit: i64) -> StoreResult<Vec<TestRun>> {
        let runs = self.data().runs.into_iter().filter(|(run, _)| run.repository == repository);
        let mut runs: Vec<_> = runs.map(|(run, report)| summarize(run, &report)).collect();
        let lint = self.data().lint_runs.into_iter().filter(|(run, _)| run.repository == repository);
        runs.extend(lint.map(|(run, report)| summarize_lint(run, &report)));
        runs.sort_by_key(|run| std::cmp::Reverse((run.at, run.id)));
        Ok(at_most(runs, limit))
    }

    async fn last_passed(
        &mut self,
        repository: RepositoryId,
        test: &str,
        before: DateTime<Utc>,
    ) -> StoreResult<Option<(CommitId, TestRecord)>> {
        let mut results = self.test_results(repository, test, DateTime::UNIX_EPOCH).await?;
        let later = self.test_results(repository, test, before).await?.len();
        results.truncate(results.len() - later);
        let Some(newest) = results.iter().rposition(|(_, passed)| *passed) else {
            return Ok(None);
        };
        let mut record = TestRecord::default();
        for (_, passed) in results[..=newest].iter().rev().take(RECORDED_RESULTS.into()) {
            *(if *passed { &mut record.passes } else { &mut record.failures }) += 1;
        }
        Ok(Some((results[newest].0.clone(), record)))
    }

    async fn test_results(
        &mut self,
        repository: RepositoryId,
        test: &str,
        since: DateTime<Utc>,
    ) -> StoreResult<Vec<(CommitId, bool)>> {
        let mut runs = self.data().runs;
        runs.retain(|(run, _)| run.repository == repository && run.at >= since);
        runs.sort_by_key(|(run, _)| (run.at, run.id));
        let results = runs.iter().flat_map(|(run, report)| {
            let cases = report.cases.iter().filter(|case| case.id() == test);
            cases.filter_map(|case| match case.outcome {
                TestOutcome::Passed => Some((run.commit.clone(), true)),
                TestOutcome::Failed(_) => Some((run.commit.clone(), false)),
                TestOutcome::Skipped => None,
            })
        });
        Ok(results.collect())
    }

    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern> {
        Ok(self.count_signal(signal))
    }

    async fn patterns(&mut self, filter: &PatternFilter) -> StoreResult<Vec<Pattern>> {
        let data = self.data();
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        let reads = |pattern: &Pattern| {
            let fields = [Some(&pattern.title), pattern.test.as_ref(), pattern.service.as_ref()];
            let all: Vec<_> = fields.into_iter().flatten().map(String::as_str).collect();
            text.as_ref().is_none_or(|text| all.join(" ").to_lowercase().contains(text))
        };
        let mut found: Vec<_> = data
            .patterns
            .iter()
            .filter(|pattern| filter.state.is_none_or(|state| state == pattern.state))
            .filter(|pattern| filter.repository.is_none_or(|id| pattern.repository == Some(id)))
            .filter(|pattern| filter.after.is_none_or(|after| (pattern.last_seen, pattern.id) < after))
            .filter(|pattern| reads(pattern))
            .map(|pattern| self.complete(&data, pattern.clone()))
            .collect();
        found.sort_by_key(|pattern| std::cmp::Reverse((pattern.last_seen, pattern.id)));
        Ok(at_most(found, filter.limit))
    }

    async fn pattern(&mut self, id: PatternId) -> StoreResult<Option<Pattern>> {
        let data = self.data();
        let found = data.patterns.iter().find(|pattern| pattern.id == id).cloned();
        Ok(found.map(|pattern| self.complete(&data, pattern)))
    }

    async fn latest_signal(&mut self, pattern: PatternId) -> StoreResult<Option<FailureSignal>> {
        let signals = self.data().signals.into_iter().filter(|(of, _)| *of == pattern);
        Ok(signals.map(|(_, signal)| signal).max_by_key(|signal| (signal.occurred_at, signal.id)))
    }

    async fn histogram(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<Vec<OccurrenceBucket>> {
        let mut hours: BTreeMap<i64, i64> = BTreeMap::new();
        for (_, signal) in
            self.data().signals.iter().filter(|(of, signal)| *of == pattern && signal.occurred_at >= since)
        {
            *hours.entry(signal.occurred_at.timestamp().div_euclid(3600)).or_default() += i64::from(signal.occurrences);
        }
        let bucket = |(hour, count): (i64, i64)| {
            let at = DateTime::from_timestamp(hour * 3600, 0).unwrap_or_default();
            OccurrenceBucket { at, count }
        };
        Ok(hours.into_iter().map(bucket).collect())
    }

    async fn occurrences_since(&mut self, pattern: PatternId, since: DateTime<Utc>) -> StoreResult<u32> {
        let data = self.data();
        let later = data.signals.iter().filter(|(of, signal)| *of == pattern && signal.occurred_at > since);
        Ok(later.map(|(_, signal)| signal.occurrences).sum())
    }

    async fn set_pattern_state(&mut self, pattern: PatternId, state: PatternState) -> StoreResult<()> {
        self.update_pattern(pattern, move |pattern| pattern.state = state);
        Ok(())
    }

    async fn set_pause(&mut self, pattern: PatternId, pause: Option<&Pause>) -> StoreResult<()> {
        let pause = pause.cloned();
        self.update_pattern(pattern, move |pattern| {
            if pause.is_some() {
                pattern.state = PatternState::Paused;
            } else if pattern.state == PatternState::Paused {
                pattern.state = PatternState::Open;
            }
            pattern.pause.clone_from(&pause);
        });
        Ok(())
    }

    async fn remember(&mut self, item: &NewMemory) -> StoreResult<()> {
        let item = MemoryItem {
            id: item.id,
            kind: item.kind,
            pattern: item.pattern,
            title: item.title.clone(),
            text: item.text.clone(),
            at: item.at,
        };
        self.write(move |data| {
            let same = |known: &MemoryItem| {
                (known.kind, known.pattern, &known.title) == (item.kind, item.pattern, &item.title)
            };
            if !data.memory.iter().any(same) {
                data.memory.push(item.clone());
            }
        });
        Ok(())
    }

    async fn recall(&mut self, query: &str, limit: i64) -> StoreResult<Vec<MemoryItem>> {
        let sought = words(query);
        let shared = |item: &MemoryItem| words(&format!("{} {}", item.title, item.text)).intersection(&sought).count();
        let mut found = self.data().memory;
        found.retain(|item| shared(item) > 0);
        found.sort_by_key(|item| std::cmp::Reverse((shared(item), item.at, item.id)));
        Ok(at_most(found, limit))
    }
}
