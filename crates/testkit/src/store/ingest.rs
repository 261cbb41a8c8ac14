//! The narrow door for telemetry.

use async_trait::async_trait;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use devos_contracts::job::Job;
use devos_contracts::query::DroppedRecords;
use devos_contracts::signal::FailureSignal;
use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetryBatch, TelemetrySignal};
use devos_contracts::{Redacted, RepositoryId};
use devos_ports::store::{BatchOrigin, Copied, IngestTx, SeenPattern, StoreResult, StoredBatch};

use super::telemetry::Rows;
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

    async fn repositories_by_age(&mut self) -> StoreResult<Vec<(RepositoryId, String, String)>> {
        let mut found = self.data().repositories;
        found.sort_by_key(|repository| (repository.created_at, repository.id));
        Ok(found.into_iter().map(|repository| (repository.id, repository.name, repository.remote)).collect())
    }

    async fn note_batch(&mut self, batch: &StoredBatch) -> StoreResult<bool> {
        let id = batch.origin.id;
        Ok(self.write(move |data| data.batches.insert(id)))
    }

    async fn copy(
        &mut self,
        origin: &BatchOrigin,
        telemetry: &Redacted<TelemetryBatch>,
        projects: &[Option<RepositoryId>],
    ) -> StoreResult<Copied> {
        let telemetry = telemetry.get();
        let rows = Rows::of(origin, telemetry, projects);
        let lost = [
            (TelemetrySignal::Logs, telemetry.logs.len() - rows.logs.len()),
            (TelemetrySignal::Traces, telemetry.spans.len() - rows.spans.len()),
        ];
        self.write(move |data| {
            data.logs.extend_from_slice(&rows.logs);
            data.spans.extend_from_slice(&rows.spans);
            data.points.extend_from_slice(&rows.points);
            for series in &rows.series {
                if !data.series.iter().any(|known| known.info.id == series.info.id) {
                    data.series.push(series.clone());
                }
            }
        });
        let refused = lost
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(signal, count)| Refusal { signal, reason: RefusalReason::RowRejected, count: count as u64 })
            .collect();
        // Nothing here is too old to be stored.
        Ok(Copied { refused, clamped: 0 })
    }

    async fn drop_records(&mut self, refusals: &[Refusal], at: DateTime<Utc>) -> StoreResult<()> {
        let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
        let refusals = refusals.to_vec();
        self.write(move |data| {
            for refusal in &refusals {
                let count = i64::try_from(refusal.count).unwrap_or(i64::MAX);
                let same = |known: &&mut DroppedRecords| {
                    (known.hour, known.signal, known.reason) == (hour, refusal.signal, refusal.reason)
                };
                match data.drops.iter_mut().find(same) {
                    Some(known) => known.count += count,
                    None => {
                        data.drops.push(DroppedRecords { hour, signal: refusal.signal, reason: refusal.reason, count });
                    }
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
