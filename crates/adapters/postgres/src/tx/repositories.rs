//! Repositories and their settings.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use devos_contracts::RepositoryId;
use devos_contracts::repository::{Repository, RepositorySettings};
use devos_ports::StoreError;
use devos_ports::store::{RepositoryTx, StoreResult};
use sqlx::FromRow;
use uuid::Uuid;

use super::PgTx;
use crate::error::failed;
use crate::statements::{APP, sql};
use crate::text::{clean, from_json, from_word, to_jsonb, to_word};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.name, r.forge, r.remote, r.default_branch, r.services, r.settings_version, r.created_at,
                s.settings::text AS settings
            FROM repositories r
            JOIN repository_settings s
                ON s.tenant_id = r.tenant_id AND s.repository_id = r.id AND s.version = r.settings_version ",
            $rest
        )
    };
}

sql! { APP;
    ADD = "INSERT INTO repositories
            (tenant_id, id, name, forge, remote, default_branch, services, settings_version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ADD_SETTINGS = "INSERT INTO repository_settings (tenant_id, repository_id, version, settings, changed_by)
        VALUES ($1, $2, $3, $4::jsonb, $5)";
    ADVANCE_SETTINGS = "UPDATE repositories SET settings_version = settings_version + 1
        WHERE id = $1 AND settings_version = $2";
    ALL = select!("ORDER BY r.name");
    ONE = select!("WHERE r.id = $1");
    NAMED = select!("WHERE r.name = $1");
}

#[derive(FromRow)]
struct RepositoryRow {
    id: Uuid,
    name: String,
    forge: String,
    remote: String,
    default_branch: String,
    services: Vec<String>,
    settings_version: i64,
    created_at: DateTime<Utc>,
    settings: String,
}

impl TryFrom<RepositoryRow> for Repository {
    type Error = StoreError;

    fn try_from(row: RepositoryRow) -> StoreResult<Self> {
        Ok(Self {
            id: RepositoryId(row.id),
            name: row.name,
            forge: from_word(row.forge)?,
            remote: row.remote,
            default_branch: row.default_branch,
            services: row.services,
            settings: from_json(&row.settings)?,
            settings_version: row.settings_version,
            created_at: row.created_at,
        })
    }
}

impl PgTx {
    async fn add_settings(
        &mut self,
        id: RepositoryId,
        version: i64,
        settings: &RepositorySettings,
        by: &str,
    ) -> StoreResult<()> {
        sqlx::query(ADD_SETTINGS)
            .bind(self.tenant.0)
            .bind(id.0)
            .bind(version)
            .bind(to_jsonb(settings)?)
            .bind(clean(by))
            .execute(&mut *self.db)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

#[async_trait]
impl RepositoryTx for PgTx {
    async fn add_repository(&mut self, repository: &Repository) -> StoreResult<()> {
        let services: Vec<_> = repository.services.iter().map(|service| clean(service)).collect();
        let added = sqlx::query(ADD)
            .bind(self.tenant.0)
            .bind(repository.id.0)
            .bind(clean(&repository.name))
            .bind(to_word(&repository.forge)?)
            .bind(clean(&repository.remote))
            .bind(clean(&repository.default_branch))
            .bind(services)
            .bind(repository.settings_version)
            .bind(repository.created_at)
            .execute(&mut *self.db)
            .await;
        added.map_err(|error| match failed(error) {
            StoreError::Duplicate(_) => StoreError::Duplicate(format!("the repository {}", repository.name)),
            other => other,
        })?;
        self.add_settings(repository.id, repository.settings_version, &repository.settings, "connected").await
    }

    async fn repositories(&mut self) -> StoreResult<Vec<Repository>> {
        let rows: Vec<RepositoryRow> = sqlx::query_as(ALL).fetch_all(&mut *self.db).await.map_err(failed)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn repository(&mut self, id: RepositoryId) -> StoreResult<Option<Repository>> {
        let query = sqlx::query_as(ONE).bind(id.0);
        let row: Option<RepositoryRow> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn repository_by_name(&mut self, name: &str) -> StoreResult<Option<Repository>> {
        let query = sqlx::query_as(NAMED).bind(clean(name));
        let row: Option<RepositoryRow> = query.fetch_optional(&mut *self.db).await.map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn put_settings(
        &mut self,
        id: RepositoryId,
        expected: i64,
        settings: &RepositorySettings,
        by: &str,
    ) -> StoreResult<()> {
        let query = sqlx::query(ADVANCE_SETTINGS).bind(id.0).bind(expected);
        if query.execute(&mut *self.db).await.map_err(failed)?.rows_affected() == 0 {
            return Err(StoreError::Stale);
        }
        self.add_settings(id, expected + 1, settings, by).await
    }
}
