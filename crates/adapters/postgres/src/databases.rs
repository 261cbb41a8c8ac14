//! Databases of a server: the product's own, and the copies that tests work on.

use devos_ports::StoreError;
use devos_ports::store::StoreResult;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

use crate::error::failed;
use crate::{Urls, fingerprint, migrate};

/// A server, by its superuser.
pub struct Databases {
    options: PgConnectOptions,
    db: PgConnection,
}

/// A migrated database that takes no connections and is only copied.
#[derive(Debug, Clone)]
pub struct Template(String);

impl Databases {
    /// Connects to the server with a superuser's address of any database there.
    pub async fn connect(url: &str) -> StoreResult<Self> {
        let options: PgConnectOptions = url.parse().map_err(failed)?;
        let db = PgConnection::connect_with(&options).await.map_err(failed)?;
        Ok(Self { options, db })
    }

    /// Ends the connection.
    pub async fn close(self) -> StoreResult<()> {
        self.db.close().await.map_err(failed)
    }

    /// The superuser's address of a database.
    pub fn url(&self, name: &str) -> String {
        self.options.clone().database(name).to_url_lossy().to_string()
    }

    /// Makes an empty database unless it is there.
    pub async fn ensure(&mut self, name: &str) -> StoreResult<()> {
        if self.exists(name).await? {
            return Ok(());
        }
        match self.run(format!("CREATE DATABASE {}", identifier(name)?)).await {
            Err(StoreError::Duplicate(_)) => Ok(()),
            other => other,
        }
    }

    /// A migrated template, made once for each state of the migrations.
    pub async fn template(&mut self) -> StoreResult<Template> {
        let name = format!("devos_template_{}", fingerprint());
        if self.exists(&name).await? {
            return Ok(Template(name));
        }
        self.run("SELECT pg_advisory_lock(hashtext('devos:template'))".to_owned()).await?;
        let made = self.make_template(&name).await;
        self.run("SELECT pg_advisory_unlock(hashtext('devos:template'))".to_owned()).await?;
        made.map(|()| Template(name))
    }

    async fn make_template(&mut self, name: &str) -> StoreResult<()> {
        if self.exists(name).await? {
            return Ok(());
        }
        // Under another name until it is whole, so that an interrupted attempt is never copied.
        let rough = format!("{name}_new");
        self.drop(&rough).await?;
        self.ensure(&rough).await?;
        let urls = Urls::trusting(&self.url(&rough))?;
        migrate(&urls).await.map_err(|error| StoreError::Other(error.to_string()))?;
        self.run(format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", identifier(&rough)?)).await?;
        self.run(format!("ALTER DATABASE {} RENAME TO {}", identifier(&rough)?, identifier(name)?)).await
    }

    /// Copies the template to a new database and answers its addresses.
    pub async fn copy(&mut self, template: &Template, name: &str) -> StoreResult<Urls> {
        self.run(format!("CREATE DATABASE {} TEMPLATE {}", identifier(name)?, identifier(&template.0)?)).await?;
        Urls::trusting(&self.url(name))
    }

    /// Drops a database, ending its sessions; nothing happens when it is not there.
    pub async fn drop(&mut self, name: &str) -> StoreResult<()> {
        self.run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name)?)).await
    }

    /// The databases whose names begin with a prefix.
    pub async fn named(&mut self, prefix: &str) -> StoreResult<Vec<String>> {
        sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)")
            .bind(prefix)
            .fetch_all(&mut self.db)
            .await
            .map_err(failed)
    }

    async fn exists(&mut self, name: &str) -> StoreResult<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut self.db)
            .await
            .map_err(failed)
    }

    async fn run(&mut self, sql: String) -> StoreResult<()> {
        self.db.execute(AssertSqlSafe(sql)).await.map(|_| ()).map_err(failed)
    }
}

/// A database's name as it stands in SQL; only plain names are used.
fn identifier(name: &str) -> StoreResult<String> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain && !name.is_empty() && name.len() < 64 {
        Ok(format!("\"{name}\""))
    } else {
        Err(StoreError::Other(format!("{name:?} can not name a database")))
    }
}
