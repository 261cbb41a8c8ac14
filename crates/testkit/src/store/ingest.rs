//! The narrow door for telemetry.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::job::Job;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetryBatch, TelemetrySignal};
use devos_contracts::{Redacted, RepositoryId};
use devos_ports::store::{IngestTx, SeenPattern, StoreResult, StoredBatch};

use super::tx::MemTx;

#[async_trait]
impl IngestTx for MemTx {
    async fn repository_of_service(&mut self, service: &str) -> StoreResult<Option<RepositoryId>> {
        let mut found = self.data().repositories;
        found.retain(|repository| match repository.services.as_slice() {
            [] => repository.name == service,
            services => services.iter().any(|known| known == service),
        });
        Ok(found.into_iter().min_by_key(|repository| (repository.created_at, repository.id)).map(|found| found.id))
    }

    async fn claim_batch(&mut self, batch: &StoredBatch) -> StoreResult<bool> {
        let id = batch.id;
        Ok(self.write(move |data| data.batches.insert(id)))
    }

    async fn copy(
        &mut self,
        _batch: &StoredBatch,
        telemetry: &Redacted<TelemetryBatch>,
        _projects: &[Option<RepositoryId>],
    ) -> StoreResult<Vec<Refusal>> {
        let telemetry = telemetry.get();
        // The same rows that the tables' checks refuse.
        let logs = telemetry.logs.iter().filter(|log| (0..=24).contains(&log.severity_number)).count();
        let spans = telemetry.spans.iter().filter(|span| span.duration_ns >= 0).count();
        let points = telemetry.points.len();
        self.write(move |data| {
            data.logs += logs;
            data.spans += spans;
            data.points += points;
        });
        let lost = [
            (TelemetrySignal::Logs, telemetry.logs.len() - logs),
            (TelemetrySignal::Traces, telemetry.spans.len() - spans),
        ];
        Ok(lost
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(signal, count)| Refusal { signal, reason: RefusalReason::RowRejected, count: count as u64 })
            .collect())
    }

    async fn drop_records(&mut self, refusals: &[Refusal], _at: DateTime<Utc>) -> StoreResult<()> {
        let refusals = refusals.to_vec();
        self.write(move |data| {
            for refusal in &refusals {
                let same = |known: &&mut Refusal| (known.signal, known.reason) == (refusal.signal, refusal.reason);
                match data.drops.iter_mut().find(same) {
                    Some(known) => known.count += refusal.count,
                    None => data.drops.push(refusal.clone()),
                }
            }
        });
        Ok(())
    }

    async fn record_signal(&mut self, signal: &FailureSignal) -> StoreResult<SeenPattern> {
        Ok(self.count_signal(signal))
    }

    async fn push_job(&mut self, job: &Job, key: &str) -> StoreResult<()> {
        self.push(job, key);
        Ok(())
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.finish();
        Ok(())
    }
}
