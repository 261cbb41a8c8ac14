//! What every implementation of a port must do, run on the double and on the adapter.
#![expect(clippy::missing_panics_doc, reason = "a suite panics where an implementation differs")]

use anyhow::Result;
use async_trait::async_trait;
use devos_contracts::job::Job;
use devos_contracts::repository::Repository;
use devos_contracts::signal::FailureSignal;
use devos_contracts::{PatternId, Scope, UserId};
use devos_ports::Store;
use devos_ports::store::NewRepair;

use crate::samples;

pub mod identity;
pub mod ingest;
pub mod metrics;
pub mod patterns;
pub mod proposals;
pub mod repairs;
pub mod repositories;
pub mod telemetry;
pub mod test_runs;
pub mod transactions;

/// An empty store to run the suite on.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The store.
    fn store(&self) -> &dyn Store;

    /// Jobs that wait, oldest first; the port has no way to ask.
    async fn waiting_jobs(&self) -> Result<Vec<Job>>;
}

/// Makes a test of every case of the suite; `$open` is an async function that answers a [`Bench`].
#[macro_export]
macro_rules! store_suite {
    ($open:ident) => {
        $crate::store_suite! { $open;
            identity: bootstrap_makes_one_tenant, links_work_once_and_in_time, sessions_end, passwords_are_found,
                tokens_are_used_and_revoked, the_audit_log_takes_entries;
            repositories: names_are_unique, settings_have_versions, services_lead_to_repositories;
            test_runs: a_report_is_stored_once, history_tells_of_a_test, large_and_odd_reports_are_stored,
                lint_findings_are_stored, flaky_tests_are_told_by_commit;
            patterns: equal_failures_are_one_pattern, late_signals_are_only_counted, fixed_patterns_reopen,
                lists_are_filtered_and_paged, pauses_show_and_lift, occurrences_are_counted_by_hour,
                memory_is_found_by_words, attempts_are_shown;
            repairs: one_unfinished_repair_per_pattern, the_journal_is_appended_once_per_step, a_repair_is_locked,
                due_repairs_are_found, repairs_are_listed, watching_repairs_are_found;
            proposals: proposals_are_stored_once_and_read_back, a_decision_is_taken_once, proposals_are_listed;
            ingest: a_batch_is_stored_once, a_thousand_rows_are_copied, points_are_copied, a_bad_row_is_left_out, signals_leave_jobs,
                partitions_come_and_go;
            telemetry: logs_are_chosen, logs_of_one_time_are_paged, logs_are_counted_by_class, traces_are_chosen,
                a_trace_is_read, services_and_drops_are_listed, tests_tell_their_history;
            metrics: metrics_are_listed, numbers_are_read_by_step, distributions_are_read_and_thinned;
            transactions: what_is_not_committed_never_happened, jobs_and_changes_come_with_the_commit,
                a_key_waits_once, other_tenants_see_nothing;
        }
    };
    ($open:ident; $($family:ident: $($case:ident),+;)+) => {
        $(mod $family {
            $(#[tokio::test]
            async fn $case() {
                let bench = super::$open().await;
                $crate::suites::$family::$case(&bench).await.unwrap();
            })+
        })+
    };
}

/// The bootstrapped tenant.
async fn tenant(bench: &dyn Bench) -> Result<Scope> {
    let made = bench.store().bootstrap("Acme", UserId(samples::id(1)), "owner@example.com").await?;
    Ok(Scope::system(made.tenant))
}

/// A repository in it.
async fn connect(bench: &dyn Bench, scope: &Scope, number: u128, name: &str) -> Result<Repository> {
    let repository = samples::repository(number, name);
    let mut tx = bench.store().begin(scope).await?;
    tx.add_repository(&repository).await?;
    tx.commit().await?;
    Ok(repository)
}

/// Records a signal and commits.
async fn record(bench: &dyn Bench, scope: &Scope, signal: &FailureSignal) -> Result<PatternId> {
    let mut tx = bench.store().begin(scope).await?;
    let seen = tx.record_signal(signal).await?;
    tx.commit().await?;
    Ok(seen.pattern)
}

/// A repository, a pattern in it and a repair of it.
async fn open_repair(bench: &dyn Bench, scope: &Scope) -> Result<(Repository, NewRepair)> {
    let repository = connect(bench, scope, 10, "shop").await?;
    let pattern = record(bench, scope, &samples::signal(20, Some(repository.id), "test_total")).await?;
    let repair = samples::repair(30, pattern, repository.id);
    let mut tx = bench.store().begin(scope).await?;
    assert!(tx.add_repair(&repair, &samples::opened(pattern)).await?);
    tx.commit().await?;
    Ok((repository, repair))
}
