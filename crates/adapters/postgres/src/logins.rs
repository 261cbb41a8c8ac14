//! Passwords of the roles that log in.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use crate::error::MigrateError;
use crate::{Urls, roles};

/// Wrong password, or none where one is asked for.
const REFUSED: [&str; 2] = ["28P01", "28000"];

/// Gives the roles of `roles.sql` the passwords in their addresses where the server does not let them in otherwise.
///
/// Addresses with other roles' names are the operator's own affair.
pub(crate) async fn admit(owner: &mut PgConnection, urls: &Urls) -> Result<(), MigrateError> {
    for (role, url) in [(roles::APP, &urls.app), (roles::INGEST, &urls.ingest)] {
        let options: PgConnectOptions = url.parse()?;
        if options.get_username() != role {
            continue;
        }
        match PgConnection::connect_with(&options).await {
            Ok(admitted) => admitted.close().await?,
            Err(error) if is_refused(&error) => {
                if let Some(password) = options.to_url_lossy().password() {
                    set_password(owner, role, &percent_decoded(password)).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_refused(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| REFUSED.contains(&&*code))
}

/// Sets a password in such a way that the server's log of statements does not show it.
async fn set_password(owner: &mut PgConnection, role: &str, password: &str) -> sqlx::Result<()> {
    let mut tx = owner.begin().await?;
    sqlx::query("SELECT set_config('devos.role', $1, true), set_config('devos.password', $2, true)")
        .bind(role)
        .bind(password)
        .execute(&mut *tx)
        .await?;
    tx.execute(
        "DO $$ BEGIN
            EXECUTE format('ALTER ROLE %I PASSWORD %L', current_setting('devos.role'), current_setting('devos.password'));
        END $$",
    )
    .await?;
    tx.commit().await
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        if let (b'%', Some(byte)) = (first, code) {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use devos_testkit::Database;

    use super::*;

    #[test]
    fn passwords_survive_their_address() {
        for password in ["plain", "p@ss:w/o?r#d%41 ü'\"$$"] {
            let options = PgConnectOptions::new().host("localhost").username("devos_app").password(password);
            let url = options.to_url_lossy();
            assert_eq!(percent_decoded(url.password().unwrap()), password);
        }
        assert_eq!(percent_decoded("100%"), "100%");
    }

    #[tokio::test]
    async fn a_password_is_stored_as_a_verifier() {
        let database = Database::fresh().await.unwrap();
        let mut owner = PgConnection::connect(database.superuser_url()).await.unwrap();
        let role = format!("devos_login_{}", std::process::id());
        owner.execute(sqlx::AssertSqlSafe(format!("CREATE ROLE {role} LOGIN"))).await.unwrap();
        set_password(&mut owner, &role, "it's $$ ü").await.unwrap();
        let stored = sqlx::query_scalar("SELECT rolpassword FROM pg_authid WHERE rolname = $1");
        let stored: Option<String> = stored.bind(&role).fetch_one(&mut owner).await.unwrap();
        owner.execute(sqlx::AssertSqlSafe(format!("DROP ROLE {role}"))).await.unwrap();
        assert!(stored.is_some_and(|stored| stored.starts_with("SCRAM-SHA-256$")));
    }

    #[tokio::test]
    async fn whoever_is_let_in_keeps_what_they_have() {
        let database = Database::fresh().await.unwrap();
        let mut owner = PgConnection::connect(database.superuser_url()).await.unwrap();
        let with_password =
            |url: &str| url.parse::<PgConnectOptions>().unwrap().password("never set").to_url_lossy().to_string();
        let urls = Urls {
            owner: None,
            app: with_password(&database.urls().app),
            ingest: with_password(&database.urls().ingest),
        };
        admit(&mut owner, &urls).await.unwrap();
        let stored = "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'devos\\_%' AND rolname NOT LIKE 'devos\\_login%' AND rolpassword IS NOT NULL";
        assert_eq!(sqlx::query_scalar::<_, i64>(stored).fetch_one(&mut owner).await.unwrap(), 0);
    }
}
