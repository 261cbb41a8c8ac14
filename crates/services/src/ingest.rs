//! Telemetry and CI results on their way in.

mod ledger;
mod line;
mod quotas;
mod results;
mod telemetry;

use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use devos_contracts::job::Job;
use devos_contracts::pattern::PatternState;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{RefusalReason, TelemetrySignal};
use devos_contracts::{CommitId, Scope};
use devos_logic::access::{self, Action};
use devos_logic::quota::Quota;
use devos_ports::store::SeenPattern;
use devos_ports::{Clock, Entropy, Store};

use crate::ServiceResult;

use self::ledger::Ledger;
use self::line::Line;
pub use self::line::{Place, Turn};
use self::quotas::Quotas;
pub use self::results::Upload;
pub use self::telemetry::Accepted;

/// A pattern that keeps failing is considered for repair at most once in this time.
const CONSIDER_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Accepts telemetry and test results.
pub struct Ingest {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    line: Line,
    quotas: Quotas,
    ledger: Ledger,
}

impl Ingest {
    /// Ingest over its ports; `quota` is for tenants without one of their own, by signal.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, quota: Quota) -> Self {
        Self { store, clock, entropy, line: Line::default(), quotas: Quotas::new(quota), ledger: Ledger::default() }
    }

    /// Lets a request in, before anything is read of its body.
    pub fn admit(&self, scope: &Scope) -> ServiceResult<Place> {
        access::check(scope, Action::Ingest)?;
        Ok(self.line.place())
    }

    /// Counts what never became records: the ledger says so with the tenant's next batch, or when it is flushed.
    pub fn refuse(&self, scope: &Scope, signal: TelemetrySignal, reason: RefusalReason, count: u64) {
        self.ledger.add(scope.tenant, signal, reason, count);
    }

    /// Writes down what was refused since.
    pub async fn flush(&self) -> ServiceResult<()> {
        self.ledger.flush(&*self.store, self.clock.now()).await
    }
}

/// The job that looks whether a failing pattern is to be repaired; one in [`CONSIDER_EVERY`] for a pattern
/// that fails without end, but one for every failing commit.
fn consider(scope: &Scope, signal: &FailureSignal, seen: SeenPattern, now: DateTime<Utc>) -> Option<(Job, String)> {
    if signal.repository.is_none() || seen.state == PatternState::Repairing {
        return None;
    }
    let slot = now.duration_trunc(CONSIDER_EVERY).unwrap_or(now).timestamp();
    let commit = signal.commit.as_ref().map_or("", CommitId::as_str);
    let job = Job::ConsiderPattern { tenant: scope.tenant, pattern: seen.pattern };
    Some((job, format!("consider:{}:{commit}:{slot}", seen.pattern)))
}
