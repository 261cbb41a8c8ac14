//! Searches of telemetry and test results.

mod drops;
mod log_histogram;
mod logs;
mod metric;
mod metrics;
mod services;
mod tests;
mod trace;
mod traces;

pub use drops::*;
pub use log_histogram::*;
pub use logs::*;
pub use metric::*;
pub use metrics::*;
pub use services::*;
pub use tests::*;
pub use trace::*;
pub use traces::*;

use chrono::{DateTime, Utc};
use devos_services::telemetry::{Between, RowQuery};

/// A search for rows.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RowsQuery {
    /// The first moment; an hour before `to` when absent. Give both, so that all pages cover the same time.
    #[param(example = "2026-11-20T09:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// The moment after the last, at most 31 days later; now when absent.
    #[param(example = "2026-11-20T10:00:00Z")]
    pub to: Option<DateTime<Utc>>,
    /// Terms that must all hold: `word`, `"two words"`, `key:value`, `key:>=10`, `key:*`, `-term`; a value may end in
    /// `*`. Keys are `service`, `severity` (logs), `status` and `duration` (spans), `name`, `trace`, `span`, and
    /// attributes of the record or its resource.
    #[param(example = "service:checkout severity:>=warn -timeout")]
    pub filter: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
}

impl From<RowsQuery> for RowQuery {
    fn from(query: RowsQuery) -> Self {
        Self {
            between: Between { from: query.from, to: query.to },
            filter: query.filter,
            cursor: query.cursor,
            limit: query.limit,
        }
    }
}

/// A time range.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RangeQuery {
    /// The first moment; an hour before `to` when absent.
    #[param(example = "2026-11-20T09:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// The moment after the last, at most 31 days later; now when absent.
    #[param(example = "2026-11-20T10:00:00Z")]
    pub to: Option<DateTime<Utc>>,
}

impl From<RangeQuery> for Between {
    fn from(query: RangeQuery) -> Self {
        Self { from: query.from, to: query.to }
    }
}
