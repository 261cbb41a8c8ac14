//! The figures of a run, in the shape that others compare.

use std::time::Duration;

use serde::Serialize;

/// What one lane did.
#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// Rows stored.
    pub rows: u64,
    /// For so long.
    pub took: Duration,
    /// CPU time of PostgreSQL.
    pub database_cpu: Duration,
    /// CPU time of our server, where it is a process of its own.
    pub server_cpu: Duration,
    /// From request to ack, one of each batch.
    pub acks: Vec<Duration>,
}

impl Lane {
    /// Rows a second.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 rows")]
    pub fn rate(&self) -> f64 {
        self.rows as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// Microseconds of PostgreSQL's CPU for a row, and of our server's.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 rows")]
    pub fn cpu_us(&self) -> (f64, f64) {
        let rows = self.rows.max(1) as f64;
        (self.database_cpu.as_secs_f64() * 1e6 / rows, self.server_cpu.as_secs_f64() * 1e6 / rows)
    }

    /// The ack time below which a share of the batches lies, in milliseconds.
    pub fn ack_ms(&self, share: f64) -> f64 {
        let mut acks = self.acks.clone();
        acks.sort();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index below the length"
        )]
        let index = ((acks.len() as f64 * share).ceil() as usize).saturating_sub(1);
        acks.get(index).map_or(0.0, |ack| ack.as_secs_f64() * 1e3)
    }
}

/// One signal's lanes.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    /// COPY of the same interned rows into an unlogged table without indexes.
    pub raw: Lane,
    /// The same with the resource's attributes in every row, as it would be without interning.
    pub raw_inline: Lane,
    /// The store's own transaction.
    pub storage: Lane,
    /// From an OTLP request to its ack.
    pub otlp: Lane,
    /// Of the stored tables with their indexes.
    pub bytes_per_row: f64,
}

/// The lanes as published.
#[derive(Debug, Clone, Serialize)]
pub struct Signal {
    raw_rows_s: f64,
    raw_inline_rows_s: f64,
    storage_rows_s: f64,
    storage_ratio: f64,
    otlp_rows_s: f64,
    otlp_ratio: f64,
    ack_p50_ms: f64,
    ack_p95_ms: f64,
    ack_p99_ms: f64,
    bytes_per_row: f64,
    raw_database_us: f64,
    storage_database_us: f64,
    otlp_database_us: f64,
    otlp_server_us: f64,
}

impl From<&Lanes> for Signal {
    fn from(lanes: &Lanes) -> Self {
        let raw = lanes.raw.rate().max(1e-9);
        Self {
            raw_rows_s: lanes.raw.rate().round(),
            raw_inline_rows_s: lanes.raw_inline.rate().round(),
            storage_rows_s: lanes.storage.rate().round(),
            storage_ratio: hundredths(lanes.storage.rate() / raw),
            otlp_rows_s: lanes.otlp.rate().round(),
            otlp_ratio: hundredths(lanes.otlp.rate() / raw),
            ack_p50_ms: hundredths(lanes.otlp.ack_ms(0.50)),
            ack_p95_ms: hundredths(lanes.otlp.ack_ms(0.95)),
            ack_p99_ms: hundredths(lanes.otlp.ack_ms(0.99)),
            bytes_per_row: lanes.bytes_per_row.round(),
            raw_database_us: hundredths(lanes.raw.cpu_us().0),
            storage_database_us: hundredths(lanes.storage.cpu_us().0),
            otlp_database_us: hundredths(lanes.otlp.cpu_us().0),
            otlp_server_us: hundredths(lanes.otlp.cpu_us().1),
        }
    }
}

/// A whole run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Spans with twelve attributes.
    pub spans: Signal,
    /// Log records with four.
    pub logs: Signal,
    /// Points of a hundred series.
    pub metric_points: Signal,
    /// The most memory that the server held.
    pub peak_rss_mb: u64,
}

impl Report {
    /// The figures as a table.
    pub fn print(&self) {
        println!(
            "{:14}{:>12}{:>12}{:>12}{:>7}{:>12}{:>7}{:>9}{:>9}{:>9}{:>7}",
            "", "raw", "raw inline", "storage", "ratio", "OTLP", "ratio", "p50 ms", "p95 ms", "p99 ms", "B/row"
        );
        for (name, signal) in [("spans", &self.spans), ("logs", &self.logs), ("metric points", &self.metric_points)] {
            println!(
                "{name:14}{:>12}{:>12}{:>12}{:>7}{:>12}{:>7}{:>9}{:>9}{:>9}{:>7}",
                signal.raw_rows_s,
                signal.raw_inline_rows_s,
                signal.storage_rows_s,
                signal.storage_ratio,
                signal.otlp_rows_s,
                signal.otlp_ratio,
                signal.ack_p50_ms,
                signal.ack_p95_ms,
                signal.ack_p99_ms,
                signal.bytes_per_row
            );
            println!(
                "{:14}CPU per row: raw {} us, storage {} us, OTLP {} us in PostgreSQL and {} us in the server",
                "", signal.raw_database_us, signal.storage_database_us, signal.otlp_database_us, signal.otlp_server_us
            );
        }
        println!("the server held at most {} MB", self.peak_rss_mb);
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
