//! Repositories and their settings.

use async_trait::async_trait;
use devos_contracts::RepositoryId;
use devos_contracts::repository::{Repository, RepositorySettings};
use devos_ports::StoreError;
use devos_ports::store::{RepositoryTx, StoreResult};

use super::tx::MemTx;

#[async_trait]
impl RepositoryTx for MemTx {
    async fn add_repository(&mut self, repository: &Repository) -> StoreResult<()> {
        if self.data().repositories.iter().any(|known| known.name == repository.name) {
            return Err(StoreError::Duplicate(format!("the repository {}", repository.name)));
        }
        let repository = repository.clone();
        self.write(move |data| data.repositories.push(repository.clone()));
        Ok(())
    }

    async fn repositories(&mut self) -> StoreResult<Vec<Repository>> {
        let mut repositories = self.data().repositories;
        repositories.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(repositories)
    }

    async fn repository(&mut self, id: RepositoryId) -> StoreResult<Option<Repository>> {
        Ok(self.data().repositories.into_iter().find(|repository| repository.id == id))
    }

    async fn repository_by_name(&mut self, name: &str) -> StoreResult<Option<Repository>> {
        Ok(self.data().repositories.into_iter().find(|repository| repository.name == name))
    }

    async fn put_settings(
        &mut self,
        id: RepositoryId,
        expected: i64,
        settings: &RepositorySettings,
        by: &str,
    ) -> StoreResult<()> {
        let (settings, by) = (settings.clone(), by.to_owned());
        let stored = self.write(move |data| {
            let found = data.repositories.iter_mut().find(|known| known.id == id && known.settings_version == expected);
            let Some(repository) = found else { return false };
            let old = std::mem::replace(&mut repository.settings, settings.clone());
            repository.settings_version += 1;
            data.settings_history.push((id, expected, old, by.clone()));
            true
        });
        if stored { Ok(()) } else { Err(StoreError::Stale) }
    }
}
