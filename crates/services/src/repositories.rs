//! Connecting repositories and granting them autonomy.

use std::sync::Arc;

use devos_contracts::api::{ConnectRepository, Page, TestRun};
use devos_contracts::ci::LintFinding;
use devos_contracts::repository::{ForgeKind, Repository, RepositorySettings};
use devos_contracts::{RepositoryId, Scope, TestRunId};
use devos_logic::access::{self, Action};
use devos_logic::autonomy;
use devos_ports::store::identity::AuditEntry;
use devos_ports::{Clock, Entropy, Forge, Store};
use serde_json::json;

use crate::{ServiceError, ServiceResult};

/// Connects repositories and changes what they are granted.
pub struct Repositories {
    store: Arc<dyn Store>,
    forge: Arc<dyn Forge>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Repositories {
    /// Repositories over their ports.
    pub fn new(store: Arc<dyn Store>, forge: Arc<dyn Forge>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, forge, clock, entropy }
    }

    /// Connects a repository. Without settings it is only watched; granting anything needs the right to.
    pub async fn connect(&self, scope: &Scope, request: ConnectRepository) -> ServiceResult<Repository> {
        access::check(scope, Action::ConnectRepository)?;
        if request.settings.is_some() {
            access::check(scope, Action::ChangeSettings)?;
        }
        check_name(&request.name)?;
        if let Some(branch) = &request.default_branch {
            check_branch(branch)?;
        }
        let settings = request.settings.unwrap_or_default();
        check_settings(&settings)?;
        let found_branch = self.forge.check(&request.remote).await.map_err(|error| as_invalid(&error))?;
        let services = if request.services.is_empty() { vec![request.name.clone()] } else { request.services };
        let repository = Repository {
            id: RepositoryId(self.entropy.id()),
            name: request.name,
            forge: ForgeKind::Local,
            remote: request.remote,
            default_branch: request.default_branch.unwrap_or(found_branch),
            services,
            settings,
            settings_version: 1,
            created_at: self.clock.now(),
        };
        let mut tx = self.store.begin(scope).await?;
        tx.add_repository(&repository).await?;
        let detail = json!({ "name": repository.name, "remote": repository.remote, "settings": repository.settings });
        tx.audit(&self.audit(scope, "repository.connect", repository.id, detail)).await?;
        tx.commit().await?;
        Ok(repository)
    }

    /// Every repository, by name.
    pub async fn list(&self, scope: &Scope) -> ServiceResult<Page<Repository>> {
        access::check(scope, Action::Read)?;
        let items = self.store.begin(scope).await?.repositories().await?;
        Ok(Page { items, next_cursor: None })
    }

    /// One repository.
    pub async fn get(&self, scope: &Scope, id: RepositoryId) -> ServiceResult<Repository> {
        access::check(scope, Action::Read)?;
        let found = self.store.begin(scope).await?.repository(id).await?;
        found.ok_or(ServiceError::NotFound("the repository"))
    }

    /// The newest test runs.
    pub async fn test_runs(&self, scope: &Scope, id: RepositoryId) -> ServiceResult<Page<TestRun>> {
        access::check(scope, Action::Read)?;
        let mut tx = self.store.begin(scope).await?;
        if tx.repository(id).await?.is_none() {
            return Err(ServiceError::NotFound("the repository"));
        }
        Ok(Page { items: tx.test_runs(id, 100).await?, next_cursor: None })
    }

    /// A page of a lint run's findings, in the order of the report; the cursor is how many came before.
    pub async fn lint_findings(
        &self,
        scope: &Scope,
        id: RepositoryId,
        run: TestRunId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> ServiceResult<Page<LintFinding>> {
        access::check(scope, Action::Read)?;
        let before = cursor.map_or(Ok(0), str::parse::<u32>);
        let before = before.map_err(|_| ServiceError::Invalid("the cursor is not one that this API gave".into()))?;
        let window = crate::cursor::window(None, limit)?;
        let mut tx = self.store.begin(scope).await?;
        let found = tx.lint_findings(id, run, before.into(), window.rows()).await?;
        let mut items = found.ok_or(ServiceError::NotFound("the lint run"))?;
        let more = items.len() > window.limit;
        items.truncate(window.limit);
        let next = u64::from(before) + items.len() as u64;
        Ok(Page { items, next_cursor: more.then(|| next.to_string()) })
    }

    /// Changes what a repository is granted; `expected` is the version that was read.
    pub async fn change_settings(
        &self,
        scope: &Scope,
        id: RepositoryId,
        expected: i64,
        settings: &RepositorySettings,
    ) -> ServiceResult<Repository> {
        access::check(scope, Action::ChangeSettings)?;
        check_settings(settings)?;
        let mut tx = self.store.begin(scope).await?;
        let before = tx.repository(id).await?.ok_or(ServiceError::NotFound("the repository"))?;
        tx.put_settings(id, expected, settings, scope.actor.label()).await?;
        let detail = json!({ "before": before.settings, "after": settings });
        tx.audit(&self.audit(scope, "repository.settings", id, detail)).await?;
        let after = tx.repository(id).await?.ok_or(ServiceError::NotFound("the repository"))?;
        tx.commit().await?;
        Ok(after)
    }

    fn audit(&self, scope: &Scope, action: &str, id: RepositoryId, detail: serde_json::Value) -> AuditEntry {
        AuditEntry {
            actor: scope.actor.label().to_owned(),
            action: action.to_owned(),
            subject: format!("repository:{id}"),
            detail,
            at: self.clock.now(),
        }
    }
}

/// A remote the forge refuses or can not read is the asker's mistake, not a failure of ours.
fn as_invalid(error: &devos_ports::ForgeError) -> ServiceError {
    ServiceError::Invalid(error.to_string())
}

fn check_name(name: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if (1..=100).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(ServiceError::Invalid("a repository's name has 1 to 100 of: letters, digits, . _ - /".into()))
}

/// A branch name that git takes and that no command reads as an option.
fn check_branch(branch: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let part = |part: &str| !part.is_empty() && !part.starts_with(['-', '.']) && !part.ends_with('.');
    let sound = branch.len() <= 200 && branch.chars().all(allowed) && branch.split('/').all(part);
    if sound && !branch.contains("..") && !branch.starts_with("selfheal/") {
        return Ok(());
    }
    Err(ServiceError::Invalid("default_branch is not the name of a branch".into()))
}

fn check_settings(settings: &RepositorySettings) -> ServiceResult<()> {
    let refuse = |reason: String| Err(ServiceError::Invalid(reason));
    if settings.tier > 2 || settings.level > 3 {
        return refuse("a tier is 0 to 2 and a level 0 to 3".into());
    }
    if settings.enabled
        && let Some(reason) = autonomy::effective(settings).limited_by.first()
    {
        return refuse(reason.clone());
    }
    if settings.max_attempts_per_pattern == 0 || settings.attempts_window_hours == 0 {
        return refuse("attempts and their window are at least 1".into());
    }
    if !(1..=3600).contains(&settings.gates.timeout_seconds) && settings.gates.timeout_seconds != 0 {
        return refuse("a gate's time limit is 1 to 3600 seconds, or 0 for the default".into());
    }
    let gates = &settings.gates;
    let commands = gates.setup.iter().chain(&gates.fast).chain(&gates.full);
    if commands.clone().count() > 50
        || commands.clone().any(|command| command.trim().is_empty() || command.len() > 4096)
    {
        return refuse("a gate has at most 50 commands of 1 to 4096 characters".into());
    }
    Ok(())
}
