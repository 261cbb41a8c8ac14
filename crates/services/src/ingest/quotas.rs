//! Every tenant's quota and what is left of it, in this process: with several servers each tenant has as many quotas.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use devos_contracts::TenantId;
use devos_contracts::telemetry::{TelemetryBatch, TelemetrySignal};
use devos_logic::quota::{Bucket, Census, Quota, thin};

const SIGNALS: [TelemetrySignal; 3] = [TelemetrySignal::Logs, TelemetrySignal::Traces, TelemetrySignal::Metrics];

/// What is left of the quotas.
pub(super) struct Quotas {
    quota: Quota,
    buckets: Mutex<HashMap<(TenantId, TelemetrySignal), Bucket>>,
}

impl Quotas {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, buckets: Mutex::default() }
    }

    /// Of one signal.
    pub(super) fn records_per_minute(&self) -> f64 {
        self.quota.records_per_minute
    }

    /// Leaves in the batch what may come in.
    pub(super) fn apply(&self, tenant: TenantId, mut batch: TelemetryBatch, now: DateTime<Utc>) -> TelemetryBatch {
        for signal in SIGNALS {
            let census = Census::of(&batch, signal);
            if census == Census::default() {
                continue;
            }
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let bucket = buckets.entry((tenant, signal)).or_insert_with(|| Bucket::full(self.quota, now));
            let allowed = bucket.take(self.quota, now, census.informative, census.ordinary);
            drop(buckets);
            thin(&mut batch, signal, allowed);
        }
        batch
    }
}
