//! What is stored for sure, so that it need not be offered again.

use devos_contracts::TenantId;
use moka::sync::Cache;
use uuid::Uuid;

use super::window::Partitions;

/// Ids of interned rows whose transaction is committed; the least used are forgotten, which costs an offer.
pub(crate) struct Known(Cache<(TenantId, Uuid), ()>);

impl Known {
    pub(crate) fn with_room_for(ids: u64) -> Self {
        Self(Cache::new(ids))
    }

    /// Notes ids whose transaction is committed.
    pub(super) fn learn(&self, tenant: TenantId, stored: impl IntoIterator<Item = Uuid>) {
        for id in stored {
            self.0.insert((tenant, id), ());
        }
    }

    pub(super) fn holds(&self, tenant: TenantId, id: Uuid) -> bool {
        self.0.get(&(tenant, id)).is_some()
    }
}

/// What ingest remembers of the database: interned rows of all tenants, and partitions.
pub(crate) struct Interned {
    pub(super) partitions: Partitions,
    pub(super) resources: Known,
    pub(super) series: Known,
}

impl Default for Interned {
    fn default() -> Self {
        Self {
            partitions: Partitions::default(),
            resources: Known::with_room_for(50_000),
            series: Known::with_room_for(500_000),
        }
    }
}
