//! People, tokens and the audit log.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::identity::ApiToken;
use devos_contracts::{TokenId, UserId};
use devos_ports::StoreError;
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::{IdentityTx, NewToken, StoreResult};

use super::tx::MemTx;

#[async_trait]
impl IdentityTx for MemTx {
    async fn set_password(&mut self, user: UserId, hash: &str) -> StoreResult<()> {
        if self.data().role(user).is_none() {
            return Err(StoreError::Other(format!("the tenant has no member {user}")));
        }
        let hash = hash.to_owned();
        self.write_state(move |state| {
            if let Some(user) = state.users.get_mut(&user) {
                user.password_hash = Some(hash.clone());
            }
        });
        Ok(())
    }

    async fn add_token(&mut self, token: &NewToken) -> StoreResult<ApiToken> {
        if self.view().tenants.values().any(|data| data.tokens.iter().any(|(hash, _)| *hash == token.hash)) {
            return Err(StoreError::Duplicate("api_tokens_hash_key".to_owned()));
        }
        let stored = ApiToken {
            id: token.id,
            name: token.name.clone(),
            scopes: token.scopes.clone(),
            prefix: token.prefix.clone(),
            created_at: token.at,
            last_used_at: None,
            revoked_at: None,
        };
        let row = (token.hash, stored.clone());
        self.write(move |data| data.tokens.push(row.clone()));
        Ok(stored)
    }

    async fn tokens(&mut self) -> StoreResult<Vec<ApiToken>> {
        let mut tokens: Vec<_> = self.data().tokens.into_iter().map(|(_, token)| token).collect();
        tokens.sort_by_key(|token| std::cmp::Reverse((token.created_at, token.id)));
        Ok(tokens)
    }

    async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> StoreResult<bool> {
        Ok(self.write(move |data| {
            let found = data.tokens.iter_mut().find(|(_, token)| token.id == id);
            found.map(|(_, token)| token.revoked_at.get_or_insert(at)).is_some()
        }))
    }

    async fn audit(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        let entry = entry.clone();
        self.write(move |data| data.audit.push(entry.clone()));
        Ok(())
    }
}
