use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use devos_contracts::query::LogHistogram;
use devos_services::telemetry::Between;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Failure;

/// What to count.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogHistogramQuery {
    /// The first moment; an hour before `to` when absent.
    #[param(example = "2026-11-20T09:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// The moment after the last, at most 31 days later; now when absent.
    #[param(example = "2026-11-20T10:00:00Z")]
    pub to: Option<DateTime<Utc>>,
    /// As in a search of logs.
    #[param(example = "service:checkout")]
    pub filter: Option<String>,
    /// Buckets wanted, 1 to 500; 60 when absent.
    pub buckets: Option<u32>,
}

/// Log records counted by time and class of severity.
#[utoipa::path(get, path = "/api/v1/logs/histogram", operation_id = "countLogs", tag = "telemetry", params(LogHistogramQuery),
    responses((status = 200, description = "The counts", body = LogHistogram)))]
pub async fn count_logs(
    State(app): State<Shared>,
    Caller(scope): Caller,
    Query(query): Query<LogHistogramQuery>,
) -> Result<Json<LogHistogram>, Failure> {
    let between = Between { from: query.from, to: query.to };
    Ok(Json(app.telemetry.log_histogram(&scope, between, query.filter.as_deref(), query.buckets).await?))
}
