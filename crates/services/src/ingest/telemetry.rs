//! Decoded telemetry.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use devos_contracts::scope::Actor;
use devos_contracts::signal::{RawFailure, RepositoryHint};
use devos_contracts::telemetry::{Refusal, RefusalReason, Resource, TelemetryBatch};
use devos_contracts::{RepositoryId, Scope, SignalId, TokenId};
use devos_logic::access::{self, Action};
use devos_logic::{redact, signal};
use devos_ports::store::{BatchOrigin, IngestTx, StoredBatch};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Ingest, Turn, consider};
use crate::{ServiceError, ServiceResult};

/// Different repositories that the failures of one batch may name.
const HINTS: usize = 100;

/// What became of a telemetry batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What was refused, by reason; the rest is durable.
    pub refused: Vec<Refusal>,
    /// True when the very same batch was stored before.
    pub duplicate: bool,
}

impl Ingest {
    /// Stores a decoded OTLP request durably; `body_digest` is the SHA-256 of its body.
    pub async fn accept(
        &self,
        scope: &Scope,
        _turn: Turn,
        batch: TelemetryBatch,
        body_digest: &[u8; 32],
    ) -> ServiceResult<Accepted> {
        access::check(scope, Action::Ingest)?;
        let now = self.clock.now();
        let batch = self.within_quota(scope, batch, now)?;
        let rows = size(&batch) as u64;
        let prepared = tokio::task::spawn_blocking(move || {
            let (telemetry, redactions) = redact::batch(batch);
            let failures = signal::from_batch(telemetry.get(), now);
            (telemetry, redactions, failures)
        });
        let (telemetry, redactions, failures) = prepared.await.map_err(|_| ServiceError::Interrupted)?;

        let origin = BatchOrigin { id: batch_id(scope, body_digest), received_at: now };
        let mut tx = self.store.begin_ingest(scope).await?;
        let projects = projects(&mut *tx, &telemetry.get().resources).await?;
        let copied = tx.copy(&origin, &telemetry, &projects).await?;
        let refused = [&telemetry.get().refused[..], &copied.refused].concat();
        let lost: u64 = copied.refused.iter().map(|refusal| refusal.count).sum();
        let stored = StoredBatch {
            origin,
            token: token(scope),
            rows: rows - lost,
            redactions,
            refused: refused.iter().map(|refusal| refusal.count).sum(),
            clamped: copied.clamped,
        };
        if !tx.note_batch(&stored).await? {
            return Ok(Accepted { refused, duplicate: true });
        }
        let named = named(&mut *tx, &failures).await?;
        let identify = |(resource, failure): (usize, RawFailure)| {
            // What names the repository outright says more than a service does.
            let hint = failure.repository.as_ref().and_then(|hint| named.get(hint));
            let repository = hint.copied().or_else(|| projects.get(resource).copied().flatten());
            signal::identify(redact::failure(failure), SignalId(self.entropy.id()), repository)
        };
        // Patterns are counted in the order of their keys, else two transactions could wait for each other.
        for signal in signal::fold(failures.into_iter().map(identify).collect()) {
            let seen = tx.record_signal(&signal).await?;
            if let Some((job, key)) = consider(scope, &signal, seen, now) {
                tx.push_job(&job, &key).await?;
            }
        }
        // What was missed since the last batch is written down with this one, or kept for the next.
        let missed = self.ledger.take(scope.tenant);
        let written = async {
            tx.drop_records(&[&refused[..], &missed].concat(), now).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            self.ledger.give_back(scope.tenant, missed);
            return Err(error.into());
        }
        Ok(Accepted { refused, duplicate: false })
    }

    /// What may come in of a batch; when that is nothing the sender is told to come back, and the ledger counts it.
    fn within_quota(&self, scope: &Scope, batch: TelemetryBatch, now: DateTime<Utc>) -> ServiceResult<TelemetryBatch> {
        let sent = size(&batch);
        let batch = self.quotas.apply(scope.tenant, batch, now);
        if sent == 0 || size(&batch) > 0 {
            return Ok(batch);
        }
        for Refusal { signal, reason, count } in batch.refused {
            if reason == RefusalReason::OverQuota {
                self.ledger.add(scope.tenant, signal, reason, count);
            }
        }
        Err(ServiceError::OverQuota { records_per_minute: self.quotas.records_per_minute() })
    }
}

fn size(batch: &TelemetryBatch) -> usize {
    batch.logs.len() + batch.spans.len() + batch.points.len()
}

/// The repository of each resource's service.
async fn projects(tx: &mut dyn IngestTx, resources: &[Resource]) -> ServiceResult<Vec<Option<RepositoryId>>> {
    let mut projects = Vec::with_capacity(resources.len());
    for resource in resources {
        projects.push(match resource.service_name() {
            Some(service) => tx.repository_of_service(service).await?,
            None => None,
        });
    }
    Ok(projects)
}

/// The connected repositories that failures name.
async fn named(
    tx: &mut dyn IngestTx,
    failures: &[(usize, RawFailure)],
) -> ServiceResult<HashMap<RepositoryHint, RepositoryId>> {
    let hints: BTreeSet<_> = failures.iter().filter_map(|(_, failure)| failure.repository.as_ref()).collect();
    if hints.is_empty() {
        return Ok(HashMap::new());
    }
    let repositories = tx.repositories_by_age().await?;
    let find = |hint: &RepositoryHint| {
        let found = repositories.iter().find(|(_, name, remote)| signal::is_repository(hint, name, remote));
        found.map(|(id, _, _)| (hint.clone(), *id))
    };
    Ok(hints.into_iter().take(HINTS).filter_map(find).collect())
}

fn token(scope: &Scope) -> Option<TokenId> {
    match scope.actor {
        Actor::Token { id, .. } => Some(id),
        _ => None,
    }
}

/// The first half of SHA-256 over who sent it and what: a retried request has the id of the first one.
fn batch_id(scope: &Scope, body_digest: &[u8; 32]) -> Uuid {
    let mut hasher = Sha256::new();
    hasher.update(scope.tenant.0.to_be_bytes());
    if let Some(token) = token(scope) {
        hasher.update(token.0.as_bytes());
    }
    hasher.update(body_digest);
    let digest: [u8; 32] = hasher.finalize().into();
    digest.first_chunk().map_or_else(Uuid::nil, |half| Uuid::from_bytes(*half))
}
