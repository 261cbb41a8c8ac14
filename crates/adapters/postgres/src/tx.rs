//! A transaction of one tenant.

use async_trait::async_trait;
use devos_contracts::TenantId;
use devos_contracts::api::Change;
use devos_ports::store::{StoreResult, Tx};
use sqlx::{PgPool, Postgres, Transaction};

use crate::changes;
use crate::error::failed;
use crate::statements::{APP, sql};

pub(crate) mod identity;
pub(crate) mod lint_runs;
pub(crate) mod memory;
pub(crate) mod patterns;
pub(crate) mod proposals;
pub(crate) mod repairs;
pub(crate) mod repositories;
pub(crate) mod telemetry;
pub(crate) mod test_runs;

sql! { APP;
    // For this transaction only: the connection goes back to the pool knowing no tenant.
    ENTER = "SELECT set_config('app.tenant_id', $1, true), set_config('statement_timeout', '5s', true)";
    BROKEN_AUDIT_ENTRY = "SELECT first_broken_audit_entry()";
}

/// A transaction in which row-level security shows one tenant.
pub(crate) struct PgTx {
    db: Transaction<'static, Postgres>,
    tenant: TenantId,
}

impl PgTx {
    pub(crate) async fn begin(pool: &PgPool, tenant: TenantId) -> StoreResult<Self> {
        let mut db = pool.begin().await.map_err(failed)?;
        sqlx::query(ENTER).bind(tenant.to_string()).execute(&mut *db).await.map_err(failed)?;
        Ok(Self { db, tenant })
    }

    pub(crate) async fn broken_audit_entry(mut self) -> StoreResult<Option<i64>> {
        sqlx::query_scalar(BROKEN_AUDIT_ENTRY).fetch_one(&mut *self.db).await.map_err(failed)
    }

    async fn announce(&mut self, change: Change) -> StoreResult<()> {
        changes::announce(&mut self.db, self.tenant, change).await
    }
}

#[async_trait]
impl Tx for PgTx {
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.db.commit().await.map_err(failed)
    }
}
