//! People, sessions, tokens and the audit log.

use anyhow::Result;
use devos_contracts::scope::{Role, TokenScope};
use devos_contracts::{SessionId, TokenId, UserId};
use devos_ports::StoreError;
use devos_ports::store::NewToken;
use devos_ports::store::identity::AuditEntry;
use serde_json::json;

use super::{Bench, tenant};
use crate::samples::{at, digest, id};

/// The second call answers what the first one made.
pub async fn bootstrap_makes_one_tenant(bench: &dyn Bench) -> Result<()> {
    let first = bench.store().bootstrap("Acme", UserId(id(1)), "owner@example.com").await?;
    let second = bench.store().bootstrap("Other", UserId(id(2)), "other@example.com").await?;
    assert_eq!(first, second);
    assert_eq!(first.owner, UserId(id(1)));
    assert!(!first.owner_has_password);
    assert_eq!(bench.store().credentials("other@example.com").await?, None);
    bench.store().ping().await?;
    Ok(())
}

/// A sign-in link is used up, and void after its time.
pub async fn links_work_once_and_in_time(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let store = bench.store();
    store.put_sign_in_link(UserId(id(1)), &digest("link"), at(60)).await?;
    let taken = store.take_sign_in_link(&digest("link"), at(59)).await?;
    assert_eq!(taken.map(|found| (found.user, found.tenant)), Some((UserId(id(1)), scope.tenant)));
    assert_eq!(store.take_sign_in_link(&digest("link"), at(59)).await?, None);

    store.put_sign_in_link(UserId(id(1)), &digest("late"), at(60)).await?;
    assert_eq!(store.take_sign_in_link(&digest("late"), at(60)).await?, None);
    assert_eq!(store.take_sign_in_link(&digest("never"), at(0)).await?, None);
    Ok(())
}

/// A session resolves until it expires or is ended.
pub async fn sessions_end(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let (store, owner) = (bench.store(), UserId(id(1)));
    store.put_session(SessionId(id(5)), &digest("cookie"), owner, scope.tenant, at(3600)).await?;
    let session = store.session(&digest("cookie"), at(3599)).await?.ok_or_else(|| anyhow::anyhow!("no session"))?;
    assert_eq!((session.user, session.role, session.tenant), (owner, Role::Owner, scope.tenant));
    assert_eq!((session.email.as_str(), session.tenant_name.as_str()), ("owner@example.com", "Acme"));
    assert_eq!(store.session(&digest("cookie"), at(3600)).await?, None);
    assert_eq!(store.session(&digest("other"), at(0)).await?, None);

    store.end_session(&digest("cookie")).await?;
    assert_eq!(store.session(&digest("cookie"), at(0)).await?, None);
    let stranger = store.put_session(SessionId(id(6)), &digest("x"), UserId(id(99)), scope.tenant, at(3600)).await;
    assert!(stranger.is_err(), "only members have sessions");
    Ok(())
}

/// A stored password is found by the address in any case.
pub async fn passwords_are_found(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut tx = bench.store().begin(&scope).await?;
    tx.set_password(UserId(id(1)), "$argon2id$x").await?;
    assert!(tx.set_password(UserId(id(99)), "$argon2id$y").await.is_err(), "nobody else's");
    drop(tx);
    let mut tx = bench.store().begin(&scope).await?;
    tx.set_password(UserId(id(1)), "$argon2id$x").await?;
    tx.commit().await?;
    let found = bench.store().credentials("Owner@Example.com").await?.ok_or_else(|| anyhow::anyhow!("not found"))?;
    assert_eq!(found.password_hash.as_deref(), Some("$argon2id$x"));
    assert!(bench.store().bootstrap("Acme", UserId(id(1)), "owner@example.com").await?.owner_has_password);
    Ok(())
}

/// A token resolves to its grant until it is revoked, and its use is noted to the minute.
pub async fn tokens_are_used_and_revoked(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let token = |number: u128, name: &str| NewToken {
        id: TokenId(id(number)),
        name: name.to_owned(),
        scopes: vec![TokenScope::Ingest, TokenScope::Read],
        prefix: "dvs_abcd".to_owned(),
        hash: digest(name),
        at: at(i64::try_from(number).unwrap_or(0)),
    };
    let mut tx = bench.store().begin(&scope).await?;
    tx.add_token(&token(1, "ci")).await?;
    tx.add_token(&token(2, "collector")).await?;
    tx.commit().await?;

    let grant = bench.store().token(&digest("ci"), at(90)).await?.ok_or_else(|| anyhow::anyhow!("no grant"))?;
    assert_eq!((grant.id, grant.tenant, grant.name.as_str()), (TokenId(id(1)), scope.tenant, "ci"));
    assert_eq!(grant.scopes, [TokenScope::Ingest, TokenScope::Read]);
    assert_eq!(bench.store().token(&digest("other"), at(90)).await?, None);

    let mut tx = bench.store().begin(&scope).await?;
    let listed = tx.tokens().await?;
    assert_eq!(listed.iter().map(|token| token.name.as_str()).collect::<Vec<_>>(), ["collector", "ci"]);
    assert_eq!(listed[1].last_used_at, Some(at(60)));
    let again = tx.add_token(&NewToken { id: TokenId(id(3)), ..token(1, "ci") }).await;
    assert!(matches!(again, Err(StoreError::Duplicate(_))), "{again:?}");
    drop(tx);

    let mut tx = bench.store().begin(&scope).await?;
    assert!(tx.revoke_token(TokenId(id(1)), at(100)).await?);
    assert!(tx.revoke_token(TokenId(id(1)), at(200)).await?);
    assert!(!tx.revoke_token(TokenId(id(9)), at(100)).await?);
    assert_eq!(tx.tokens().await?[1].revoked_at, Some(at(100)), "the first revocation stands");
    tx.commit().await?;
    assert_eq!(bench.store().token(&digest("ci"), at(101)).await?, None);
    Ok(())
}

/// Entries of any content are taken.
pub async fn the_audit_log_takes_entries(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut tx = bench.store().begin(&scope).await?;
    for number in 0..3 {
        tx.audit(&AuditEntry {
            actor: "owner@example.com".to_owned(),
            action: "token.create".to_owned(),
            subject: format!("token:{number}\0"),
            detail: json!({ "name": "a\0b", "scopes": ["read"], "number": number }),
            at: at(number),
        })
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
