//! `GET /api/v1/events`: what changes, as it changes.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use devos_logic::access::{self, Action};
use devos_services::ServiceError;
use futures::Stream;
use futures::StreamExt;
use tokio_stream::wrappers::BroadcastStream;

use super::Shared;
use super::auth::Caller;
use super::problem::Failure;

/// Live changes of the caller's tenant as server-sent events; each `data:` is a `Change`.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "streamEvents", tag = "events",
    responses((status = 200, description = "A stream of `Change` objects", content_type = "text/event-stream", body = devos_contracts::api::Change)))]
pub async fn stream(
    State(app): State<Shared>,
    Caller(scope): Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    access::check(&scope, Action::Read).map_err(ServiceError::from)?;
    let tenant = scope.tenant;
    let mut stopping = app.stopping.subscribe();
    let stopped = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
    let changes = BroadcastStream::new(app.store.changes()).filter_map(move |received| async move {
        match received {
            Ok((of, change)) if of == tenant => Event::default().json_data(&change).ok().map(Ok),
            Ok(_) => None,
            // The reader was too slow and lost some: it must read again what it shows.
            Err(_) => Some(Ok(Event::default().event("resync").data("{}"))),
        }
    });
    Ok(Sse::new(changes.take_until(stopped)).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}
