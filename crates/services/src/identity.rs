//! People and machines: who they are, and how they prove it.

use std::sync::Arc;

use chrono::TimeDelta;
use devos_contracts::api::{CreateToken, CreatedToken, Me, RedeemLink, SignIn};
use devos_contracts::identity::{ApiToken, Credentials, Session};
use devos_contracts::scope::{Actor, Rights, Scope};
use devos_contracts::{SessionId, TokenId, UserId};
use devos_logic::access::{self, Action};
use devos_ports::store::identity::AuditEntry;
use devos_ports::store::{Bootstrap, NewToken};
use devos_ports::{Clock, Entropy, Store};
use serde_json::json;

use crate::{ServiceError, ServiceResult, secret};

/// The shortest password; length is what makes one strong.
const MIN_PASSWORD: usize = 10;
/// The longest: Argon2 reads all of it, so that a megabyte would be an attack.
const MAX_PASSWORD: usize = 1024;
/// A session ends after so long, whatever happens.
const SESSION_LIFE: TimeDelta = TimeDelta::days(14);
/// A one-time link is good for so long.
const LINK_LIFE: TimeDelta = TimeDelta::hours(24);

/// Signs people in and hands out tokens.
pub struct Identity {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// A started session; the secret goes into the cookie and nowhere else.
pub struct SignedIn {
    /// The session's secret.
    pub secret: String,
    /// The session.
    pub session: Session,
    /// Who signed in.
    pub me: Me,
}

impl Identity {
    /// Identity over its ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// Makes the first tenant and its owner, or finds them. Called by the operator's own commands only.
    pub async fn bootstrap(&self, tenant_name: &str, email: &str) -> ServiceResult<Bootstrap> {
        Ok(self.store.bootstrap(tenant_name, UserId(self.entropy.id()), email).await?)
    }

    /// Makes a one-time sign-in link for a person; answers its token. Called by the operator's own commands only.
    pub async fn make_link(&self, user: UserId) -> ServiceResult<String> {
        let token = secret::format("lnk_", &self.entropy.secret());
        let expires_at = self.clock.now() + LINK_LIFE;
        self.store.put_sign_in_link(user, &secret::hash(&token), expires_at).await?;
        Ok(token)
    }

    /// Signs in with address and password. Takes as long for an unknown address as for a wrong password.
    pub async fn sign_in(&self, request: SignIn) -> ServiceResult<SignedIn> {
        let found = self.store.credentials(&request.email.trim().to_lowercase()).await?;
        let stored = found.as_ref().and_then(|found| found.password_hash.clone());
        let matches = verify(request.password, stored).await?;
        match found {
            Some(credentials) if matches => self.start_session(&credentials).await,
            _ => Err(ServiceError::Unauthenticated),
        }
    }

    /// Signs in with a one-time link, and sets the password when one is given.
    pub async fn redeem(&self, request: RedeemLink) -> ServiceResult<SignedIn> {
        if let Some(password) = &request.password {
            check_password(password)?;
        }
        let hash = secret::hash(&request.token);
        let credentials = self.store.take_sign_in_link(&hash, self.clock.now()).await?;
        let credentials = credentials.ok_or(ServiceError::Unauthenticated)?;
        let mut signed_in = self.start_session(&credentials).await?;
        if let Some(password) = request.password {
            let scope = scope_of(&signed_in.session);
            self.set_password(&scope, password).await?;
            signed_in.me.has_password = true;
        }
        Ok(signed_in)
    }

    async fn start_session(&self, credentials: &Credentials) -> ServiceResult<SignedIn> {
        let now = self.clock.now();
        let secret = secret::format("ses_", &self.entropy.secret());
        let hash = secret::hash(&secret);
        let id = SessionId(self.entropy.id());
        self.store.put_session(id, &hash, credentials.user, credentials.tenant, now + SESSION_LIFE).await?;
        let session = self.store.session(&hash, now).await?.ok_or(ServiceError::Unauthenticated)?;
        let me = me_of(&session, credentials.password_hash.is_some());
        Ok(SignedIn { secret, session, me })
    }

    /// Ends the session behind a cookie.
    pub async fn sign_out(&self, secret: &str) -> ServiceResult<()> {
        Ok(self.store.end_session(&secret::hash(secret)).await?)
    }

    /// Resolves a session cookie.
    pub async fn session(&self, secret: &str) -> ServiceResult<Option<(Scope, Session)>> {
        let session = self.store.session(&secret::hash(secret), self.clock.now()).await?;
        Ok(session.map(|session| (scope_of(&session), session)))
    }

    /// Resolves a bearer token.
    pub async fn token(&self, secret: &str) -> ServiceResult<Option<Scope>> {
        if !secret.starts_with("dvs_") {
            return Ok(None);
        }
        let grant = self.store.token(&secret::hash(secret), self.clock.now()).await?;
        Ok(grant.map(|grant| Scope {
            tenant: grant.tenant,
            actor: Actor::Token { id: grant.id, name: grant.name },
            rights: Rights::Token(grant.scopes),
        }))
    }

    /// Who a session belongs to.
    pub async fn me(&self, session: &Session) -> ServiceResult<Me> {
        let credentials = self.store.credentials(&session.email).await?;
        Ok(me_of(session, credentials.is_some_and(|found| found.password_hash.is_some())))
    }

    /// Sets the signed-in person's password.
    pub async fn set_password(&self, scope: &Scope, password: String) -> ServiceResult<()> {
        access::check(scope, Action::OwnAccount)?;
        check_password(&password)?;
        let Actor::User { id, .. } = scope.actor else {
            return Err(ServiceError::Invalid("a token has no password".into()));
        };
        let hash = tokio::task::spawn_blocking(move || password_auth::generate_hash(password))
            .await
            .map_err(|_| ServiceError::Interrupted)?;
        let mut tx = self.store.begin(scope).await?;
        tx.set_password(id, &hash).await?;
        tx.audit(&self.audit(scope, "password.set", format!("user:{id}"), json!({}))).await?;
        Ok(tx.commit().await?)
    }

    /// Every API token, without secrets.
    pub async fn tokens(&self, scope: &Scope) -> ServiceResult<Vec<ApiToken>> {
        access::check(scope, Action::ManageTokens)?;
        Ok(self.store.begin(scope).await?.tokens().await?)
    }

    /// Makes an API token; its secret is in the answer and nowhere else.
    pub async fn create_token(&self, scope: &Scope, request: CreateToken) -> ServiceResult<CreatedToken> {
        access::check(scope, Action::ManageTokens)?;
        let name = request.name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(ServiceError::Invalid("a token's name has 1 to 100 characters".into()));
        }
        if request.scopes.is_empty() {
            return Err(ServiceError::Invalid("a token needs at least one scope".into()));
        }
        let mut scopes = request.scopes;
        scopes.sort();
        scopes.dedup();
        let secret = secret::format("dvs_", &self.entropy.secret());
        let new = NewToken {
            id: TokenId(self.entropy.id()),
            name: name.to_owned(),
            scopes,
            prefix: secret.chars().take(10).collect(),
            hash: secret::hash(&secret),
            at: self.clock.now(),
        };
        let mut tx = self.store.begin(scope).await?;
        let token = tx.add_token(&new).await?;
        let detail = json!({ "name": token.name, "scopes": token.scopes });
        tx.audit(&self.audit(scope, "token.create", format!("token:{}", token.id), detail)).await?;
        tx.commit().await?;
        Ok(CreatedToken { secret, token })
    }

    /// Revokes an API token; it stops working at once.
    pub async fn revoke_token(&self, scope: &Scope, id: TokenId) -> ServiceResult<()> {
        access::check(scope, Action::ManageTokens)?;
        let mut tx = self.store.begin(scope).await?;
        if !tx.revoke_token(id, self.clock.now()).await? {
            return Err(ServiceError::NotFound("the token"));
        }
        tx.audit(&self.audit(scope, "token.revoke", format!("token:{id}"), json!({}))).await?;
        Ok(tx.commit().await?)
    }

    fn audit(&self, scope: &Scope, action: &str, subject: String, detail: serde_json::Value) -> AuditEntry {
        AuditEntry {
            actor: scope.actor.label().to_owned(),
            action: action.to_owned(),
            subject,
            detail,
            at: self.clock.now(),
        }
    }
}

fn scope_of(session: &Session) -> Scope {
    Scope {
        tenant: session.tenant,
        actor: Actor::User { id: session.user, email: session.email.clone() },
        rights: Rights::Role(session.role),
    }
}

fn me_of(session: &Session, has_password: bool) -> Me {
    Me {
        user: Some(session.user),
        name: session.email.clone(),
        tenant: session.tenant,
        tenant_name: session.tenant_name.clone(),
        role: Some(session.role),
        has_password,
    }
}

fn check_password(password: &str) -> ServiceResult<()> {
    if (MIN_PASSWORD..=MAX_PASSWORD).contains(&password.len()) {
        return Ok(());
    }
    Err(ServiceError::Invalid(format!("a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")))
}

/// Verifies off the async threads; an absent hash costs the same as a wrong password.
async fn verify(password: String, stored: Option<String>) -> ServiceResult<bool> {
    if password.len() > MAX_PASSWORD {
        return Ok(false);
    }
    let verified = tokio::task::spawn_blocking(move || {
        if let Some(hash) = stored {
            return password_auth::verify_password(password, &hash).is_ok();
        }
        let _ = password_auth::generate_hash(password);
        false
    });
    verified.await.map_err(|_| ServiceError::Interrupted)
}
