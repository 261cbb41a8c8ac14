//! What changed, told to every process through `NOTIFY` with the commit that changed it.

use std::time::Duration;

use devos_contracts::TenantId;
use devos_contracts::api::Change;
use devos_ports::store::StoreResult;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::error::failed;
use crate::statements::{BOTH, sql};
use crate::text::to_json;

const CHANNEL: &str = "devos_changes";

/// Changes kept for a slow reader.
const BACKLOG: usize = 1024;

/// Between attempts to listen again.
const PAUSE: Duration = Duration::from_secs(1);

sql! { BOTH;
    NOTIFY = "SELECT pg_notify('devos_changes', $1)";
}

#[derive(Serialize, Deserialize)]
struct Message {
    tenant: TenantId,
    change: Change,
}

/// Tells of a change when the transaction commits; equal ones in a transaction are told once.
pub(crate) async fn announce(db: &mut PgConnection, tenant: TenantId, change: Change) -> StoreResult<()> {
    let message = to_json(&Message { tenant, change })?;
    sqlx::query(NOTIFY).bind(message).execute(db).await.map_err(failed)?;
    Ok(())
}

/// Listens until dropped.
pub(crate) struct Listener {
    sender: broadcast::Sender<(TenantId, Change)>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Returns once changes are heard.
    pub(crate) async fn start(url: String) -> StoreResult<Self> {
        let (sender, _) = broadcast::channel(BACKLOG);
        let listener = listen(&url).await.map_err(failed)?;
        let task = tokio::spawn(forward(url, listener, sender.clone()));
        Ok(Self { sender, task })
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<(TenantId, Change)> {
        self.sender.subscribe()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(url: &str) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn forward(url: String, mut listener: PgListener, sender: broadcast::Sender<(TenantId, Change)>) {
    loop {
        match listener.recv().await {
            Ok(notification) => match serde_json::from_str::<Message>(notification.payload()) {
                // Nobody listening is no error.
                Ok(message) => drop(sender.send((message.tenant, message.change))),
                Err(error) => tracing::warn!(%error, "a change of another version was not understood"),
            },
            Err(error) => {
                tracing::warn!(%error, "changes are not heard until the database is back");
                listener = loop {
                    tokio::time::sleep(PAUSE).await;
                    if let Ok(again) = listen(&url).await {
                        break again;
                    }
                };
            }
        }
    }
}
