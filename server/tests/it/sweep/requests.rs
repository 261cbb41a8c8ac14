//! A valid request of every operation, on rows that are there.

use devos_contracts::TestRunId;
use devos_contracts::api::TestRunReceipt;
use devos_contracts::problem::ProblemCode;
use devos_contracts::repository::{Repository, RepositorySettings};
use devos_contracts::scope::{Role, TokenScope};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, unique};
use crate::results::lint;
use crate::seed::{Waiting, commit};

const PASSWORD: &str = "correct horse battery";

/// What is there before anybody asks.
pub struct Scene<'a> {
    cloud: &'a Cloud,
    repository: Repository,
    waiting: Waiting,
    /// A lint run of the repository.
    lint: TestRunId,
    remote: String,
    /// The id of a stored trace, whose service is named like the repository.
    trace: String,
}

/// A request without its method and credentials.
#[derive(Debug, Default, Clone)]
pub struct Prepared {
    /// The values of the path's parameters.
    path: Vec<String>,
    query: String,
    header: Option<(&'static str, String)>,
    body: Body,
}

#[derive(Debug, Default, Clone)]
enum Body {
    #[default]
    None,
    Json(Value),
    Xml(String),
}

impl Prepared {
    fn of(id: Uuid) -> Self {
        Self { path: vec![id.to_string()], ..Self::default() }
    }

    fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// The path with its parameters in place.
    pub fn path(&self, template: &str) -> String {
        let mut values = self.path.iter();
        let parts = template.split('/').map(|part| match part.strip_prefix('{') {
            Some(_) => values.next().unwrap_or_else(|| panic!("no value for {part} of {template}")).as_str(),
            None => part,
        });
        let path = parts.collect::<Vec<_>>().join("/") + &self.query;
        assert_eq!(values.next(), None, "{template} has fewer parameters");
        path
    }

    /// Adds headers and body.
    pub fn fill(&self, request: RequestBuilder) -> RequestBuilder {
        let request = match &self.header {
            Some((name, value)) => request.header(*name, value),
            None => request,
        };
        match &self.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Xml(body) => request.header("content-type", "application/xml").body(body.clone()),
        }
    }
}

impl<'a> Scene<'a> {
    /// Something of everything in the first tenant, and an owner with a password.
    pub async fn build(cloud: &'a Cloud) -> Self {
        let repository = cloud.repository().await;
        let waiting = cloud.waiting(&repository).await;
        let remote = cloud.git_repository().display().to_string();
        let trace = cloud.telemetry(&repository).await;
        let ingest = cloud.token(&[TokenScope::Ingest]).await;
        let lint = lint(cloud, &ingest, &repository, &commit(), &unique("rule")).await.json::<TestRunReceipt>(201).id;
        let scene = Self { cloud, repository, waiting, lint, remote, trace };
        let upload = scene.prepare("uploadJunit").await;
        let request = cloud.request(reqwest::Method::POST, &upload.path("/api/v1/repositories/{repository}/junit"));
        Answer::to(upload.fill(ingest.sign(request))).await.expect(201);
        let owner = cloud.person(Role::Owner).await;
        let request = cloud.request(reqwest::Method::PUT, "/api/v1/me/password").json(&json!({ "password": PASSWORD }));
        Answer::to(owner.sign(request)).await.expect(204);
        scene
    }

    /// A request that succeeds for whoever may make it, on rows of its own where it changes some.
    pub async fn prepare(&self, operation: &str) -> Prepared {
        let cloud = self.cloud;
        let owner = cloud.tenant.member(Role::Owner);
        let reason = json!({ "reason": "because" });
        match operation {
            "signIn" => Prepared::default().json(json!({ "email": owner.email, "password": PASSWORD })),
            "redeemSignInLink" => {
                let token = cloud.app.identity.make_link(owner.user).await.unwrap();
                Prepared::default().json(json!({ "token": token }))
            }
            "setPassword" => Prepared::default().json(json!({ "password": PASSWORD })),
            "signOut" | "getMe" | "listTokens" | "listRepositories" | "listPatterns" | "listRepairs"
            | "listProposals" | "streamEvents" | "searchLogs" | "countLogs" | "searchTraces" | "listMetrics"
            | "listServices" | "listDrops" => Prepared::default(),
            "getTrace" => Prepared { path: vec![self.trace.clone()], ..Prepared::default() },
            "queryMetric" => {
                Prepared { query: "?name=http.server.requests&op=rate&by=service".to_owned(), ..Prepared::default() }
            }
            "listTests" => Prepared { query: format!("?repository={}", self.repository.id), ..Prepared::default() },
            "createToken" => Prepared::default().json(json!({ "name": "ci", "scopes": ["ingest"] })),
            "revokeToken" => Prepared::of(cloud.token_of(&cloud.tenant, &[TokenScope::Read]).await.0.0),
            "connectRepository" => {
                Prepared::default().json(json!({ "name": unique("repository"), "remote": self.remote }))
            }
            "getRepository" | "listTestRuns" => Prepared::of(self.repository.id.0),
            "changeRepositorySettings" => Prepared {
                header: Some(("if-match", "\"1\"".to_owned())),
                ..Prepared::of(cloud.repository().await.id.0).json(json!(RepositorySettings::default()))
            },
            "uploadJunit" => Prepared {
                query: format!("?commit={}", commit()),
                body: Body::Xml(format!(
                    r#"<testsuite><testcase name="{}"><failure message="no"/></testcase></testsuite>"#,
                    unique("test")
                )),
                ..Prepared::of(self.repository.id.0)
            },
            "uploadResults" => Prepared {
                query: format!("?commit={}&source=local", commit()),
                body: Body::Json(json!({ "tests": [{ "name": unique("test"), "outcome": "failed" }] })),
                ..Prepared::of(self.repository.id.0)
            },
            "listLintFindings" => {
                Prepared { path: vec![self.repository.id.to_string(), self.lint.to_string()], ..Prepared::default() }
            }
            "getPattern" => Prepared::of(self.waiting.proposal.pattern.0),
            "pausePattern" => Prepared::of(cloud.pattern(self.repository.id).await.0).json(reason),
            "resumePattern" | "startRepair" => Prepared::of(cloud.pattern(self.repository.id).await.0),
            "getRepair" => Prepared::of(self.waiting.repair.0),
            "cancelRepair" => Prepared::of(cloud.repair(self.repository.id).await.0).json(reason),
            "getProposal" => Prepared::of(self.waiting.proposal.id.0),
            "approveProposal" | "rejectProposal" => {
                Prepared::of(cloud.waiting(&self.repository).await.proposal.id.0).json(reason)
            }
            other => panic!("{other} has no prepared request; add one"),
        }
    }

    /// Fails when an answer to another tenant names anything of this scene.
    pub fn assert_shows_nothing(&self, prepared: &Prepared, answer: &Answer) {
        let text = answer.text();
        let repair = self.waiting.repair.to_string();
        let proposal = &self.waiting.proposal;
        let own = [proposal.id.to_string(), proposal.pattern.to_string(), proposal.repository_name.clone(), repair];
        for word in own.iter().chain([&self.repository.id.to_string()]).chain(&prepared.path) {
            assert!(!text.contains(word.as_str()), "{word} is shown: {text}");
        }
        for member in &self.cloud.tenant.members {
            assert!(!text.contains(&member.email), "{} is shown: {text}", member.email);
        }
    }
}

#[tokio::test]
async fn the_scene_is_there_for_its_own_tenant() {
    let cloud = Cloud::start().await;
    let scene = Scene::build(&cloud).await;
    let viewer = cloud.person(Role::Viewer).await;
    for (path, id) in [
        ("/api/v1/repositories", scene.repository.id.to_string()),
        ("/api/v1/patterns", scene.waiting.proposal.pattern.to_string()),
        ("/api/v1/repairs", scene.waiting.repair.to_string()),
        ("/api/v1/proposals", scene.waiting.proposal.id.to_string()),
        ("/api/v1/logs", scene.repository.name.clone()),
        ("/api/v1/traces", scene.trace.clone()),
        ("/api/v1/telemetry/services", scene.repository.name.clone()),
        ("/api/v1/telemetry/drops", "too_deep".to_owned()),
        ("/api/v1/metrics", scene.repository.name.clone()),
        ("/api/v1/metrics/query?name=http.server.requests&op=rate&by=service", scene.repository.name.clone()),
        (&format!("/api/v1/traces/{}", scene.trace), scene.repository.name.clone()),
        (&format!("/api/v1/tests?repository={}", scene.repository.id), "\"results\"".to_owned()),
    ] {
        assert!(cloud.get(&viewer, path).await.text().contains(&id), "{path}");
    }
    cloud.get(&Credentials::None, "/api/v1/patterns").await.refused(ProblemCode::Unauthenticated);
}
