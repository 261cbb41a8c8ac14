//! `bench ingest`: the same rows on three ways, at the same number of connections.

mod drive;
pub mod otlp;
pub mod payload;
mod raw;
mod storage;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use devos_contracts::Scope;
use devos_contracts::scope::{Actor, Rights};

use crate::database::Database;
use crate::figures::{Lanes, Report};
use crate::process;
use crate::served;

use drive::Watched;
use payload::{Payload, Telemetry};
use raw::Rows;

/// How a run is made.
pub struct Plan {
    /// How long a lane runs.
    pub lane: Duration,
    /// Records in a batch.
    pub batch: usize,
    /// Connections at once.
    pub connections: usize,
}

/// Runs all lanes, one after another.
pub async fn run(plan: &Plan) -> Result<Report> {
    eprintln!("starting PostgreSQL and the server");
    let database = Database::start().await?;
    let postmaster = database.postmaster().await?;
    let store = Arc::new(database.store(plan.connections).await?);
    let access = otlp::admit(&store).await?;
    let scope = Scope { tenant: access.tenant, actor: Actor::System, rights: Rights::System };

    let mut lanes = Vec::new();
    let mut peak_rss_mb = 0;
    for telemetry in [Telemetry::Spans, Telemetry::Logs, Telemetry::MetricPoints] {
        let payload = Arc::new(Payload::build(telemetry, plan.batch));
        let watched = Watched { postmaster, server: None };
        eprintln!("{}: storage, raw, OTLP", telemetry.table());
        let storage = storage::run(plan, &store, &scope, &payload, watched).await?;
        let bytes_per_row = raw::bytes_per_row(&database, telemetry).await?;
        let raw = raw::run(plan, &database, &payload, Rows::Interned, watched).await?;
        let raw_inline = raw::run(plan, &database, &payload, Rows::Inline, watched).await?;
        raw::forget(&database, telemetry).await?;

        let served = served::start(&database.urls).await?;
        let watched = Watched { server: Some(served.pid), ..watched };
        let otlp = otlp::run(plan, served.address, &access, &payload, watched).await?;
        peak_rss_mb = peak_rss_mb.max(process::peak_rss_mb(served.pid));
        served.stop().await?;
        raw::forget(&database, telemetry).await?;
        lanes.push(Lanes { raw, raw_inline, storage, otlp, bytes_per_row });
    }
    let [spans, logs, metric_points] = &lanes[..] else { anyhow::bail!("three signals were measured") };
    Ok(Report { spans: spans.into(), logs: logs.into(), metric_points: metric_points.into(), peak_rss_mb })
}
