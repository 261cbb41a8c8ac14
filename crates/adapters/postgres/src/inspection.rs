//! A database past row-level security, for tests that arrange or look at what no port shows.

use devos_ports::store::StoreResult;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::error::failed;

/// A superuser's connection to one database. Values are text; a statement casts them, as in `$1::uuid`.
pub struct Inspection {
    db: PgConnection,
}

impl Inspection {
    /// Connects with the superuser's address.
    pub async fn open(url: &str) -> StoreResult<Self> {
        let options: PgConnectOptions = url.parse().map_err(failed)?;
        Ok(Self { db: PgConnection::connect_with(&options).await.map_err(failed)? })
    }

    /// Runs a statement; answers how many rows it touched.
    pub async fn run(&mut self, sql: &str, values: &[&str]) -> StoreResult<u64> {
        let query = values.iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| query.bind(*value));
        Ok(query.execute(&mut self.db).await.map_err(failed)?.rows_affected())
    }

    /// The rows of a statement that answers some, each as a JSON object.
    pub async fn rows(&mut self, sql: &str, values: &[&str]) -> StoreResult<Vec<Value>> {
        let wrapped = AssertSqlSafe(format!("WITH found AS ({sql}) SELECT to_jsonb(found) FROM found"));
        let query = values.iter().fold(sqlx::query_scalar(wrapped), |query, value| query.bind(*value));
        query.fetch_all(&mut self.db).await.map_err(failed)
    }
}
