//! Repositories of one tenant.

use async_trait::async_trait;
use devos_contracts::RepositoryId;
use devos_contracts::repository::{Repository, RepositorySettings};

use super::StoreResult;

/// Repositories of one tenant.
#[async_trait]
pub trait RepositoryTx {
    /// Stores a repository; `Duplicate` when the name is taken.
    async fn add_repository(&mut self, repository: &Repository) -> StoreResult<()>;

    /// Every repository by name.
    async fn repositories(&mut self) -> StoreResult<Vec<Repository>>;

    /// One repository.
    async fn repository(&mut self, id: RepositoryId) -> StoreResult<Option<Repository>>;

    /// One repository by its name.
    async fn repository_by_name(&mut self, name: &str) -> StoreResult<Option<Repository>>;

    /// Stores new settings as version `expected + 1` and keeps the old ones; `Stale` when `expected` is not the
    /// present version. `by` goes to the history.
    async fn put_settings(
        &mut self,
        id: RepositoryId,
        expected: i64,
        settings: &RepositorySettings,
        by: &str,
    ) -> StoreResult<()>;
}
