//! A tenant that has something of everything.

use chrono::Utc;
use devos_contracts::journal::Observation;
use devos_contracts::pattern::{MemoryKind, Pause};
use devos_contracts::proposal::Proposal;
use devos_contracts::repair::RepairState;
use devos_contracts::repository::Repository;
use devos_contracts::scope::TokenScope;
use devos_contracts::telemetry::{Refusal, RefusalReason, TelemetrySignal};
use devos_contracts::{MemoryId, Scope, SessionId, TokenId, UserId};
use devos_logic::redact;
use devos_ports::Store;
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::patterns::NewMemory;
use devos_ports::store::{NewRepair, NewTestRun, NewToken, StoreResult};
use serde_json::json;

use crate::samples::{self, at, commit, digest, id};

/// A tenant with something in every one of its tables, for tests of who can see it.
#[derive(Debug, Clone)]
pub struct World {
    /// The tenant, as the platform itself.
    pub scope: Scope,
    /// Its owner, `owner@example.com`.
    pub owner: UserId,
    /// An API token, whose secret's hash is `samples::digest("token")`.
    pub token: TokenId,
    /// A repository.
    pub repository: Repository,
    /// A test run with a passed and a failed case.
    pub run: NewTestRun,
    /// A repair that waits for a person; its pattern is paused.
    pub repair: NewRepair,
    /// The repair's proposal.
    pub proposal: Proposal,
}

impl World {
    /// Fills the bootstrapped tenant of an empty store.
    pub async fn build(store: &dyn Store) -> StoreResult<Self> {
        let made = store.bootstrap("Acme", UserId(id(1)), "owner@example.com").await?;
        let scope = Scope::system(made.tenant);
        let repository = samples::repository(10, "shop");
        let token = TokenId(id(2));
        sign_in(store, &scope, made.owner, token).await?;
        let mut tx = store.begin(&scope).await?;
        tx.add_repository(&repository).await?;
        let run = samples::test_run(11, repository.id, &commit("broken"));
        let report = samples::redacted_report(samples::report(&[("other", true), ("total", false)]));
        let _ = tx.add_test_run(&run, &report).await?;
        let run = samples::test_run(12, repository.id, &commit("broken"));
        let _ = tx.add_lint_run(&run, &redact::lint_report(samples::lint_report())).await?;

        let seen = tx.record_signal(&samples::signal(20, Some(repository.id), "total")).await?;
        let repair = samples::repair(30, seen.pattern, repository.id);
        tx.add_repair(&repair, &samples::opened(seen.pattern)).await?;
        let proposal = samples::proposal(40, &repair, &repository);
        tx.add_proposal(&proposal).await?;
        let offered = Observation::PullRequestOpened { branch: proposal.branch.clone() };
        tx.append(repair.id, &samples::entry(1, offered, RepairState::AwaitingHuman)).await?;
        let pause = Pause { reason: "noisy".to_owned(), by: "owner@example.com".to_owned(), since: at(0), until: None };
        tx.set_pause(seen.pattern, Some(&pause)).await?;
        tx.remember(&NewMemory {
            id: MemoryId(id(50)),
            kind: MemoryKind::Incident,
            pattern: seen.pattern,
            title: "total".to_owned(),
            text: "total expected".to_owned(),
            at: at(0),
        })
        .await?;
        tx.commit().await?;
        ingest(store, &scope, &repository).await?;
        Ok(Self { scope, owner: made.owner, token, repository, run, repair, proposal })
    }
}

async fn sign_in(store: &dyn Store, scope: &Scope, owner: UserId, token: TokenId) -> StoreResult<()> {
    store.put_session(SessionId(id(3)), &digest("session"), owner, scope.tenant, at(1_000_000)).await?;
    let mut tx = store.begin(scope).await?;
    tx.add_token(&NewToken {
        id: token,
        name: "ci".to_owned(),
        scopes: vec![TokenScope::Ingest],
        prefix: "dvs_abcd".to_owned(),
        hash: digest("token"),
        at: at(0),
    })
    .await?;
    tx.audit(&AuditEntry {
        actor: "owner@example.com".to_owned(),
        action: "token.create".to_owned(),
        subject: format!("token:{token}"),
        detail: json!({ "name": "ci" }),
        at: at(0),
    })
    .await?;
    tx.commit().await
}

async fn ingest(store: &dyn Store, scope: &Scope, repository: &Repository) -> StoreResult<()> {
    let received = Utc::now();
    let batch = samples::stored_batch("request", 4, received);
    let telemetry = samples::telemetry("shop", 2, 2, received);
    let mut tx = store.begin_ingest(scope).await?;
    tx.note_batch(&batch).await?;
    tx.copy(&batch.origin, &samples::redacted(telemetry), &[Some(repository.id)]).await?;
    let measured = samples::redacted(samples::measurements("shop", 2, received));
    tx.copy(&batch.origin, &measured, &[Some(repository.id)]).await?;
    let refusal = Refusal { signal: TelemetrySignal::Logs, reason: RefusalReason::InvalidId, count: 1 };
    tx.drop_records(&[refusal], received).await?;
    tx.commit().await
}
