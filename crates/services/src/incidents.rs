//! Patterns as people work with them.

use std::sync::Arc;

use chrono::TimeDelta;
use devos_contracts::api::{Page, PatternDetail, PausePattern};
use devos_contracts::pattern::{Pattern, PatternState, Pause, SimilarItem};
use devos_contracts::{PatternId, RepositoryId, Scope};
use devos_logic::access::{self, Action};
use devos_logic::search;
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::{PatternFilter, Tx};
use devos_ports::{Clock, Store};
use serde_json::json;

use crate::{ServiceError, ServiceResult, cursor};

/// Hours of occurrences that a pattern's page shows.
const HISTOGRAM: TimeDelta = TimeDelta::days(7);
/// Candidates that the database offers to the ranking.
const CANDIDATES: i64 = 200;
/// Similar items that are shown and given to a repair.
const SIMILAR: usize = 10;
/// Below this self-normalised score two texts share words, not a failure.
const SIMILAR_FLOOR: f64 = 0.3;

/// Lists, shows, pauses and resumes patterns.
pub struct Incidents {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// What a list of patterns asks for.
#[derive(Debug, Clone, Default)]
pub struct PatternQuery {
    /// Only these.
    pub state: Option<PatternState>,
    /// Only this repository's.
    pub repository: Option<RepositoryId>,
    /// Only those that contain this.
    pub text: Option<String>,
    /// Where the page starts.
    pub cursor: Option<String>,
    /// Its length.
    pub limit: Option<u32>,
}

impl Incidents {
    /// Incidents over their ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// A page of patterns, last seen first.
    pub async fn list(&self, scope: &Scope, query: PatternQuery) -> ServiceResult<Page<Pattern>> {
        access::check(scope, Action::Read)?;
        let window = cursor::window(query.cursor.as_deref(), query.limit)?;
        let filter = PatternFilter {
            state: query.state,
            repository: query.repository,
            text: query.text.filter(|text| !text.trim().is_empty()),
            after: window.after.map(|(at, id)| (at, PatternId(id))),
            limit: window.rows(),
        };
        let rows = self.store.begin(scope).await?.patterns(&filter).await?;
        Ok(window.page(rows, |pattern| (pattern.last_seen, pattern.id.0)))
    }

    /// One pattern with everything its page shows.
    pub async fn get(&self, scope: &Scope, id: PatternId) -> ServiceResult<PatternDetail> {
        access::check(scope, Action::Read)?;
        let mut tx = self.store.begin(scope).await?;
        let pattern = tx.pattern(id).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        let latest = tx.latest_signal(id).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        let histogram = tx.histogram(id, self.clock.now() - HISTOGRAM).await?;
        let similar = similar(&mut *tx, &pattern, &latest.normalized, latest.stack.as_deref()).await?;
        let repairs = tx.repairs_of(id, 50).await?;
        Ok(PatternDetail { pattern, latest, histogram, similar, repairs })
    }

    /// Leaves a pattern alone until it is resumed.
    pub async fn pause(&self, scope: &Scope, id: PatternId, request: PausePattern) -> ServiceResult<Pattern> {
        access::check(scope, Action::PausePattern)?;
        let reason = request.reason.trim();
        if reason.is_empty() {
            return Err(ServiceError::Invalid("say why the pattern is paused".into()));
        }
        let since = self.clock.now();
        if request.until.is_some_and(|until| until <= since) {
            return Err(ServiceError::Invalid("the pause would end in the past".into()));
        }
        let pause = Pause { reason: reason.into(), by: scope.actor.label().into(), since, until: request.until };
        self.set_pause(scope, id, Some(&pause)).await
    }

    /// Lifts a pause.
    pub async fn resume(&self, scope: &Scope, id: PatternId) -> ServiceResult<Pattern> {
        access::check(scope, Action::PausePattern)?;
        self.set_pause(scope, id, None).await
    }

    async fn set_pause(&self, scope: &Scope, id: PatternId, pause: Option<&Pause>) -> ServiceResult<Pattern> {
        let mut tx = self.store.begin(scope).await?;
        let before = tx.pattern(id).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        tx.set_pause(id, pause).await?;
        if let (None, Some(repair)) = (pause, before.repair)
            && tx.repair(repair).await?.is_some_and(|repair| !repair.state.is_final())
        {
            tx.set_pattern_state(id, PatternState::Repairing).await?;
        }
        tx.audit(&AuditEntry {
            actor: scope.actor.label().into(),
            action: if pause.is_some() { "pattern.pause" } else { "pattern.resume" }.into(),
            subject: format!("pattern:{id}"),
            detail: json!({ "pause": pause }),
            at: self.clock.now(),
        })
        .await?;
        let pattern = tx.pattern(id).await?.ok_or(ServiceError::NotFound("the pattern"))?;
        tx.commit().await?;
        Ok(pattern)
    }
}

/// Remembered items that read like this failure, its own memory left out, best first.
pub(crate) async fn similar(
    tx: &mut dyn Tx,
    pattern: &Pattern,
    message: &str,
    stack: Option<&str>,
) -> ServiceResult<Vec<SimilarItem>> {
    let query = memory_text(message, stack);
    let candidates = tx.recall(&query, CANDIDATES).await?;
    let documents: Vec<_> =
        candidates.iter().filter(|item| item.pattern != pattern.id).map(|item| (item, item.text.as_str())).collect();
    let ranked = search::rank(&query, &documents, SIMILAR);
    Ok(ranked
        .into_iter()
        .filter(|(_, score)| *score >= SIMILAR_FLOOR)
        .map(|(item, score)| SimilarItem {
            memory: item.id,
            kind: item.kind,
            title: item.title.clone(),
            score,
            pattern: item.pattern,
            at: item.at,
        })
        .collect())
}

/// The text by which a failure is remembered and found.
pub(crate) fn memory_text(message: &str, stack: Option<&str>) -> String {
    let mut text = message.to_owned();
    if let Some(stack) = stack {
        text.push('\n');
        text.push_str(&devos_logic::pattern::normalize(stack));
    }
    text
}
