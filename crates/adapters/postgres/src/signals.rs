//! Counting a failure into its pattern, for the application and for ingest alike.

use devos_contracts::api::Change;
use devos_contracts::pattern::PatternState;
use devos_contracts::signal::FailureSignal;
use devos_contracts::{CommitId, PatternId, TenantId};
use devos_ports::store::{SeenPattern, StoreResult};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::changes::announce;
use crate::error::failed;
use crate::statements::{BOTH, sql};
use crate::text::{clean, clean_option, from_word};

sql! { BOTH;
    // Only a signal newer than all before it describes the pattern or reopens it; late ones are merely counted.
    COUNT = "INSERT INTO patterns AS p (tenant_id, id, repository_id, group_key, pattern_ids, signal_type, title,
            service, test, commit_id, occurrences, first_seen, last_seen, state)
        VALUES ($1, $2, $3, $4, ARRAY[$5::text], $6, $7, $8, $9, $10, $12, $11, $11, 'open')
        ON CONFLICT (tenant_id, repository_id, group_key) DO UPDATE SET
            pattern_ids = (array_prepend($5::text, array_remove(p.pattern_ids, $5::text)))[1:20],
            occurrences = p.occurrences + excluded.occurrences,
            title = CASE WHEN excluded.last_seen >= p.last_seen THEN excluded.title ELSE p.title END,
            service = coalesce(excluded.service, p.service),
            test = coalesce(excluded.test, p.test),
            commit_id = CASE WHEN excluded.last_seen >= p.last_seen
                THEN coalesce(excluded.commit_id, p.commit_id) ELSE coalesce(p.commit_id, excluded.commit_id) END,
            first_seen = least(p.first_seen, excluded.first_seen),
            last_seen = greatest(p.last_seen, excluded.last_seen),
            reopened = p.state = 'fixed' AND excluded.last_seen > p.last_seen,
            state = CASE WHEN p.state = 'fixed' AND excluded.last_seen > p.last_seen THEN 'open' ELSE p.state END
        RETURNING id, occurrences, state, reopened";
    STORE = "INSERT INTO failure_signals (tenant_id, id, pattern_id, signal_type, trigger_id, fingerprint, group_key,
            repository_id, title, message, normalized, stack, files, test, service, commit_id, occurred_at, occurrences)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
}

#[derive(FromRow)]
struct Counted {
    id: Uuid,
    occurrences: i64,
    state: String,
    reopened: bool,
}

/// Stores a signal and counts it into its pattern.
pub(crate) async fn record(
    db: &mut PgConnection,
    tenant: TenantId,
    signal: &FailureSignal,
) -> StoreResult<SeenPattern> {
    let counted: Counted = sqlx::query_as(COUNT)
        .bind(tenant.0)
        .bind(Uuid::now_v7())
        .bind(signal.repository.map(|id| id.0))
        .bind(signal.group_key.as_str())
        .bind(signal.pattern_id.as_str())
        .bind(signal.signal_type.as_str())
        .bind(clean(&signal.title))
        .bind(clean_option(signal.service.as_ref()))
        .bind(clean_option(signal.test.as_ref()))
        .bind(signal.commit.as_ref().map(CommitId::as_str))
        .bind(signal.occurred_at)
        .bind(i64::from(signal.occurrences))
        .fetch_one(&mut *db)
        .await
        .map_err(failed)?;
    store(db, tenant, counted.id, signal).await?;

    let pattern = PatternId(counted.id);
    announce(db, tenant, Change::Pattern { id: pattern }).await?;
    let state = if counted.reopened { PatternState::Fixed } else { from_word(counted.state)? };
    Ok(SeenPattern { pattern, occurrences: counted.occurrences, state })
}

async fn store(db: &mut PgConnection, tenant: TenantId, pattern: Uuid, signal: &FailureSignal) -> StoreResult<()> {
    let files: Vec<_> = signal.files.iter().map(|file| clean(file)).collect();
    sqlx::query(STORE)
        .bind(tenant.0)
        .bind(signal.id.0)
        .bind(pattern)
        .bind(signal.signal_type.as_str())
        .bind(clean(&signal.trigger_id))
        .bind(signal.pattern_id.as_str())
        .bind(signal.group_key.as_str())
        .bind(signal.repository.map(|id| id.0))
        .bind(clean(&signal.title))
        .bind(clean(&signal.message))
        .bind(clean(&signal.normalized))
        .bind(clean_option(signal.stack.as_ref()))
        .bind(files)
        .bind(clean_option(signal.test.as_ref()))
        .bind(clean_option(signal.service.as_ref()))
        .bind(signal.commit.as_ref().map(CommitId::as_str))
        .bind(signal.occurred_at)
        .bind(i64::from(signal.occurrences))
        .execute(db)
        .await
        .map_err(failed)?;
    Ok(())
}
