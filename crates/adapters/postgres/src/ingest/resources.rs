//! Interned resources: each is stored once, and rows name it by its digest.

use devos_contracts::telemetry::Resource;
use devos_ports::store::StoreResult;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ADD_RESOURCES, PgIngestTx};
use crate::error::failed;
use crate::text::{canonical_text, clean};

/// The canonical JSON of a resource and the id derived from it: the first half of its SHA-256.
fn identify(resource: &Resource) -> (Uuid, String) {
    let canonical = canonical_text(&resource.attributes);
    (half(&Sha256::digest(canonical.as_bytes()).into()), canonical)
}

/// The first half of a digest: 128 bits are enough to tell things apart.
pub(super) fn half(digest: &[u8; 32]) -> Uuid {
    match digest.as_chunks::<16>().0 {
        [half, _] => Uuid::from_bytes(*half),
        _ => Uuid::nil(),
    }
}

impl PgIngestTx {
    /// Stores what is new of the resources; answers their ids in the same order.
    pub(super) async fn intern(&mut self, resources: &[Resource]) -> StoreResult<Vec<Uuid>> {
        let identified: Vec<_> = resources.iter().map(identify).collect();
        let mut fresh: Vec<_> = identified
            .iter()
            .zip(resources)
            .filter(|((id, _), _)| !self.interned.resources.holds(self.tenant, *id) && !self.new_resources.contains(id))
            .map(|((id, json), resource)| (*id, json.as_str(), resource.service_name().map(clean)))
            .collect();
        // Always in the same order, else two transactions could wait for each other.
        fresh.sort_by_key(|(id, ..)| *id);
        fresh.dedup_by_key(|(id, ..)| *id);
        if !fresh.is_empty() {
            let ids: Vec<_> = fresh.iter().map(|(id, ..)| *id).collect();
            sqlx::query(ADD_RESOURCES)
                .bind(self.tenant.0)
                .bind(&ids)
                .bind(fresh.iter().map(|(.., service)| service.as_deref()).collect::<Vec<_>>())
                .bind(fresh.iter().map(|(_, json, _)| *json).collect::<Vec<_>>())
                .execute(self.db()?)
                .await
                .map_err(failed)?;
            self.new_resources.extend(ids);
        }
        Ok(identified.into_iter().map(|(id, _)| id).collect())
    }
}
