//! Every operation of the document, asked by everybody.

mod requests;

use chrono::TimeDelta;
use devos_contracts::problem::ProblemCode;
use devos_contracts::scope::{Rights, Role, TokenScope};
use devos_logic::access;
use devos_server::http::operations::{Access, OPERATIONS, STREAMS};
use reqwest::Method;
use serde_json::Value;

use self::requests::{Prepared, Scene};
use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, unique};
use crate::document::{Operation, operations};

const ROLES: [Role; 5] = [Role::Owner, Role::Admin, Role::Maintainer, Role::Reviewer, Role::Viewer];
const SCOPES: [TokenScope; 4] = [TokenScope::Ingest, TokenScope::Read, TokenScope::Write, TokenScope::Admin];

/// Who asks.
#[derive(Debug, Clone)]
enum Who {
    Nobody,
    UnknownToken,
    RevokedToken,
    UnknownSession,
    EndedSession,
    Member(Role),
    Machine(Vec<TokenScope>),
    ForeignOwner,
    ForeignMachine,
}

/// What they must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Success,
    Refused(ProblemCode),
}

impl Who {
    fn everybody() -> Vec<Self> {
        let mut everybody = vec![
            Self::Nobody,
            Self::UnknownToken,
            Self::RevokedToken,
            Self::UnknownSession,
            Self::EndedSession,
            Self::ForeignOwner,
            Self::ForeignMachine,
            Self::Machine(SCOPES.to_vec()),
        ];
        everybody.extend(ROLES.map(Self::Member));
        everybody.extend(SCOPES.map(|scope| Self::Machine(vec![scope])));
        everybody
    }

    /// What they may do; none when nobody knows them.
    fn rights(&self) -> Option<Rights> {
        match self {
            Self::Nobody | Self::UnknownToken | Self::RevokedToken | Self::UnknownSession | Self::EndedSession => None,
            Self::Member(role) => Some(Rights::Role(*role)),
            Self::Machine(scopes) => Some(Rights::Token(scopes.clone())),
            Self::ForeignOwner => Some(Rights::Role(Role::Owner)),
            Self::ForeignMachine => Some(Rights::Token(SCOPES.to_vec())),
        }
    }

    fn is_foreign(&self) -> bool {
        matches!(self, Self::ForeignOwner | Self::ForeignMachine)
    }

    /// From the tables alone: who may do it, and whether it names a row that a foreigner can not see.
    fn expected(&self, operation: &Operation, access: Access) -> Expected {
        let Access::Needs(action) = access else { return Expected::Success };
        let Some(rights) = self.rights() else { return Expected::Refused(ProblemCode::Unauthenticated) };
        if !access::allows(&rights, action) {
            return Expected::Refused(ProblemCode::Forbidden);
        }
        if self.is_foreign() && operation.path.contains('{') {
            return Expected::Refused(ProblemCode::NotFound);
        }
        Expected::Success
    }

    /// Credentials of their own, so that signing out concerns this request alone.
    async fn credentials(&self, cloud: &Cloud) -> Credentials {
        match self {
            Self::Nobody => Credentials::None,
            Self::UnknownToken => Credentials::Token(unique("dvs_")),
            Self::RevokedToken => {
                let (id, credentials) = cloud.token_of(&cloud.tenant, &SCOPES).await;
                let mut tx = cloud.store().begin(cloud.scope()).await.unwrap();
                assert!(tx.revoke_token(id, crate::cloud::now()).await.unwrap());
                tx.commit().await.unwrap();
                credentials
            }
            Self::UnknownSession => Credentials::Session(unique("ses_")),
            Self::EndedSession => {
                let user = cloud.tenant.member(Role::Owner).user;
                cloud.session(user, &cloud.tenant, TimeDelta::seconds(-1)).await
            }
            Self::Member(role) => cloud.person(*role).await,
            Self::Machine(scopes) => cloud.token(scopes).await,
            Self::ForeignOwner => {
                let user = cloud.stranger.member(Role::Owner).user;
                cloud.session(user, &cloud.stranger, TimeDelta::hours(1)).await
            }
            Self::ForeignMachine => cloud.token_of(&cloud.stranger, &SCOPES).await.1,
        }
    }
}

/// Everything stored of the first tenant, but for when its tokens were last used.
async fn stored(cloud: &Cloud) -> Vec<Value> {
    let tables = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = 'tenant_id' AND c.relnamespace = 'public'::regnamespace
            AND c.relkind IN ('r', 'p') AND NOT c.relispartition";
    let tables = cloud.rows(tables, &[]).await;
    assert!(tables.len() > 20, "{} tables", tables.len());
    let of_table = |table: &Value| {
        let table = table["relname"].as_str().unwrap();
        format!(
            "SELECT '{table}' AS name, to_jsonb(t) - 'last_used_at' AS row FROM {table} t WHERE tenant_id = $1::bigint"
        )
    };
    let sql = tables.iter().map(of_table).collect::<Vec<_>>().join(" UNION ALL ");
    cloud.rows(&format!("{sql} ORDER BY 1, 2"), &[&cloud.scope().tenant.to_string()]).await
}

async fn ask(cloud: &Cloud, operation: &Operation, prepared: &Prepared, credentials: &Credentials) -> Answer {
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let path = prepared.path(&operation.path);
    let request = if path.starts_with("/api/v1/sign-in") {
        cloud.request_from_elsewhere(method, &path)
    } else {
        cloud.request(method, &path)
    };
    Answer::to(prepared.fill(credentials.sign(request))).await
}

#[tokio::test]
async fn everybody_gets_what_the_access_table_says() {
    let cloud = Cloud::start().await;
    let scene = Scene::build(&cloud).await;
    let (operations, everybody) = (operations(), Who::everybody());
    let mut asked = 0;
    for operation in &operations {
        let row = OPERATIONS.iter().chain(&STREAMS).find(|(id, _)| *id == operation.id);
        let (_, access) = row.unwrap_or_else(|| panic!("{} has no access row", operation.id));
        let shared = scene.prepare(&operation.id).await;
        let mut outsiders = Vec::new();
        for who in &everybody {
            asked += 1;
            let expected = who.expected(operation, *access);
            let credentials = who.credentials(&cloud).await;
            let prepared = match expected {
                Expected::Success => scene.prepare(&operation.id).await,
                Expected::Refused(_) => shared.clone(),
            };
            if who.is_foreign() || expected != Expected::Success {
                outsiders.push((who, expected, credentials, prepared));
                continue;
            }
            let answer = ask(&cloud, operation, &prepared, &credentials).await;
            assert_eq!(answer.status, operation.success(), "{who:?} {}: {}", operation.id, answer.text());
        }
        let before = stored(&cloud).await;
        for (who, expected, credentials, prepared) in outsiders {
            let answer = ask(&cloud, operation, &prepared, &credentials).await;
            let status = match expected {
                Expected::Success => operation.success(),
                Expected::Refused(code) => code.status(),
            };
            assert_eq!(answer.status, status, "{who:?} {}: {}", operation.id, answer.text());
            if let Expected::Refused(code) = expected {
                answer.refused(code);
            }
            if who.is_foreign() && *access != Access::Public {
                scene.assert_shows_nothing(&prepared, &answer);
            }
        }
        if *access != Access::Public {
            assert!(before == stored(&cloud).await, "{} changed what its callers may not change", operation.id);
        }
    }
    println!("{asked} requests: {} operations x {} identities", operations.len(), everybody.len());
    assert_eq!(asked, operations.len() * everybody.len());
    assert_eq!(operations.len(), OPERATIONS.len() + STREAMS.len());
}
