//! Connecting repositories and granting them autonomy.

use devos_contracts::api::{ConnectRepository, Page};
use devos_contracts::problem::ProblemCode;
use devos_contracts::repository::{ForgeKind, GatePlan, Repository, RepositorySettings};
use devos_contracts::scope::{Role, TokenScope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials};

const REPOSITORIES: &str = "/api/v1/repositories";

fn enabled() -> RepositorySettings {
    RepositorySettings { enabled: true, ..RepositorySettings::default() }
}

async fn connect(cloud: &Cloud, who: &Credentials, name: &str, remote: &str) -> Answer {
    cloud.post(who, REPOSITORIES, &json!({ "name": name, "remote": remote })).await
}

async fn put_settings(cloud: &Cloud, repository: &Repository, version: &str, settings: &Value) -> Answer {
    let path = format!("{REPOSITORIES}/{}/settings", repository.id);
    let request = cloud.person(Role::Admin).await.sign(cloud.request(Method::PUT, &path));
    let request = if version.is_empty() { request } else { request.header("if-match", version) };
    Answer::to(request.json(settings)).await
}

#[tokio::test]
async fn a_connected_repository_is_only_watched() {
    let cloud = Cloud::start().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let path = cloud.git_repository().display().to_string();
    let made: Repository = connect(&cloud, &maintainer, "shop", &path).await.json(201);
    assert_eq!((made.name.as_str(), made.remote.as_str(), made.forge), ("shop", path.as_str(), ForgeKind::Local));
    assert_eq!(made.default_branch, "trunk", "the remote's own");
    assert_eq!(made.services, ["shop"]);
    assert_eq!((&made.settings, made.settings_version), (&RepositorySettings::default(), 1));
    assert!(!made.settings.enabled);

    let read: Repository = cloud.get(&maintainer, &format!("{REPOSITORIES}/{}", made.id)).await.json(200);
    assert_eq!((read.id, &read.settings, &read.services), (made.id, &made.settings, &made.services));
    let url = connect(&cloud, &maintainer, "by-url", &format!("file://{path}")).await;
    assert_eq!(url.json::<Repository>(201).default_branch, "trunk");
    let page: Page<Repository> = cloud.get(&maintainer, REPOSITORIES).await.json(200);
    assert_eq!(page.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["by-url", "shop"]);
}

#[tokio::test]
async fn granting_at_once_needs_the_right_to_grant() {
    let cloud = Cloud::start().await;
    let request = |name: &str| ConnectRepository {
        name: name.to_owned(),
        remote: cloud.git_repository().display().to_string(),
        default_branch: Some("release".to_owned()),
        services: vec!["cart".to_owned()],
        settings: Some(enabled()),
    };
    for who in [cloud.person(Role::Maintainer).await, cloud.token(&[TokenScope::Write]).await] {
        cloud.post(&who, REPOSITORIES, &request("refused")).await.refused(ProblemCode::Forbidden);
    }
    let admin = cloud.person(Role::Admin).await;
    let made: Repository = cloud.post(&admin, REPOSITORIES, &request("granted")).await.json(201);
    assert_eq!((made.default_branch.as_str(), made.settings.enabled), ("release", true));
    assert_eq!(made.services, ["cart"]);
    let names = cloud.rows("SELECT name FROM repositories", &[]).await;
    assert_eq!(names, [json!({ "name": "granted" })]);
}

#[tokio::test]
async fn paths_of_the_server_are_for_one_persons_own_machine() {
    let cloud = Cloud::start_with(|config| config.local_paths = false).await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let path = cloud.git_repository().display().to_string();
    for remote in [path.clone(), format!("file://{path}")] {
        let detail = connect(&cloud, &maintainer, "shop", &remote).await.refused(ProblemCode::Invalid);
        assert!(detail.contains("devos up"), "{detail}");
    }
    assert!(cloud.rows("SELECT name FROM repositories", &[]).await.is_empty());
}

#[tokio::test]
async fn dangerous_and_wrong_remotes_are_refused() {
    let cloud = Cloud::start().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let marker = cloud.files.path().join("marker");
    let empty = cloud.files.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for remote in [
        &format!("ext::sh -c touch% {}", marker.display()),
        "fd::17",
        "http://git.example/shop.git",
        "git://git.example/shop.git",
        "ftp://git.example/shop.git",
        "https://ann:hunter2@git.example/shop.git",
        "https://hunter2@git.example/shop.git",
        "https://git.example/shop.git?token=hunter2",
        "ssh://ann:hunter2@git.example/shop.git",
        "ssh://-oProxyCommand=touch@git.example/shop.git",
        "git@git.example:-upload",
        &format!("--upload-pack=touch {}", marker.display()),
        "-x",
        "relative/path",
        "../up",
        "/nowhere/at/all",
        empty.to_str().unwrap(),
        "",
        "https://git.example/a\nb",
    ] {
        let detail = connect(&cloud, &maintainer, "shop", remote).await.refused(ProblemCode::Invalid);
        assert!(!detail.contains("hunter2"), "{detail}");
    }
    assert!(!marker.exists());
    assert!(cloud.rows("SELECT name FROM repositories", &[]).await.is_empty());
}

#[tokio::test]
async fn a_name_is_plain_and_unique_in_its_tenant() {
    let cloud = Cloud::start().await;
    let maintainer = cloud.person(Role::Maintainer).await;
    let path = cloud.git_repository().display().to_string();
    connect(&cloud, &maintainer, "shop", &path).await.expect(201);
    connect(&cloud, &maintainer, "shop", &path).await.refused(ProblemCode::Conflict);
    for name in ["", "two words", "naïve", "semi;colon", "a\0b", &"x".repeat(101)] {
        connect(&cloud, &maintainer, name, &path).await.refused(ProblemCode::Invalid);
    }
    let (_, stranger) = cloud.token_of(&cloud.stranger, &[TokenScope::Write]).await;
    connect(&cloud, &stranger, "shop", &path).await.expect(201);
}

#[tokio::test]
async fn settings_are_changed_by_whoever_read_them() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let settings = json!(RepositorySettings { tier: 2, level: 2, ..enabled() });
    put_settings(&cloud, &repository, "", &settings).await.refused(ProblemCode::PreconditionRequired);
    for nonsense in ["*", "W/\"1\"x", "one", "\"99999999999999999999\""] {
        put_settings(&cloud, &repository, nonsense, &settings).await.refused(ProblemCode::Malformed);
    }
    for stale in ["\"0\"", "\"2\"", "-1"] {
        put_settings(&cloud, &repository, stale, &settings).await.refused(ProblemCode::PreconditionFailed);
    }
    let changed: Repository = put_settings(&cloud, &repository, "\"1\"", &settings).await.json(200);
    assert_eq!((changed.settings_version, json!(changed.settings)), (2, settings.clone()));
    put_settings(&cloud, &repository, "\"1\"", &settings).await.refused(ProblemCode::PreconditionFailed);

    let races = (0..4).map(|_| put_settings(&cloud, &repository, "2", &settings));
    let mut statuses: Vec<u16> = futures::future::join_all(races).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);

    let audit = cloud.rows("SELECT actor, action, subject FROM audit_log ORDER BY seq", &[]).await;
    let subject = format!("repository:{}", repository.id);
    let entry = json!({ "actor": "admin@acme.example", "action": "repository.settings", "subject": subject });
    assert_eq!(audit, [entry.clone(), entry]);
}

#[tokio::test]
async fn contradictions_are_refused() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    let gates = |change: fn(&mut GatePlan)| {
        let mut gates = GatePlan::default();
        change(&mut gates);
        RepositorySettings { gates, ..enabled() }
    };
    for settings in [
        RepositorySettings { tier: 0, ..enabled() },
        RepositorySettings { tier: 1, level: 2, ..enabled() },
        RepositorySettings { tier: 2, level: 3, ..enabled() },
        RepositorySettings { tier: 3, ..RepositorySettings::default() },
        RepositorySettings { level: 4, ..RepositorySettings::default() },
        RepositorySettings { max_attempts_per_pattern: 0, ..enabled() },
        RepositorySettings { attempts_window_hours: 0, ..enabled() },
        gates(|gates| gates.timeout_seconds = 3601),
        gates(|gates| gates.full = vec![" ".to_owned()]),
        gates(|gates| gates.fast = vec!["true".to_owned(); 51]),
        gates(|gates| gates.setup = vec!["x".repeat(4097)]),
    ] {
        let refused = put_settings(&cloud, &repository, "\"1\"", &json!(settings)).await;
        refused.refused(ProblemCode::Invalid);
        let connect = json!({ "name": "shop", "remote": cloud.git_repository(), "settings": settings });
        let admin = cloud.person(Role::Admin).await;
        cloud.post(&admin, REPOSITORIES, &connect).await.refused(ProblemCode::Invalid);
    }
    let watched = RepositorySettings { tier: 0, level: 2, ..RepositorySettings::default() };
    put_settings(&cloud, &repository, "\"1\"", &json!(watched)).await.expect(200);
}

#[tokio::test]
async fn settings_are_whole_and_known() {
    let cloud = Cloud::start().await;
    let repository = cloud.repository().await;
    for change in [
        json!({ "unknown": true }),
        json!({ "enabled": "yes" }),
        json!({ "tier": -1 }),
        json!({ "tier": 256 }),
        json!({ "gates": { "timeout_seconds": 5 } }),
        json!({ "protected_paths": null }),
    ] {
        let mut settings = json!(enabled());
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        put_settings(&cloud, &repository, "\"1\"", &settings).await.refused(ProblemCode::Malformed);
    }
    let mut partial = json!(enabled());
    partial.as_object_mut().unwrap().remove("max_files");
    put_settings(&cloud, &repository, "\"1\"", &partial).await.refused(ProblemCode::Malformed);
}

#[tokio::test]
async fn a_tokens_life_is_shown_without_its_secret() {
    let cloud = Cloud::start().await;
    let admin = cloud.person(Role::Admin).await;
    let body = json!({ "name": " ci ", "scopes": ["read", "ingest", "read"] });
    let created: Value = cloud.post(&admin, "/api/v1/tokens", &body).await.json(201);
    let secret = created["secret"].as_str().unwrap();
    let (id, prefix) = (&created["token"]["id"], created["token"]["prefix"].as_str().unwrap());
    assert!(secret.starts_with("dvs_") && secret.len() > 50 && secret.starts_with(prefix) && prefix.len() == 10);
    assert_eq!((&created["token"]["name"], &created["token"]["scopes"]), (&json!("ci"), &json!(["ingest", "read"])));
    assert_eq!(created["token"]["last_used_at"], Value::Null);

    let token = Credentials::Token(secret.to_owned());
    cloud.get(&token, "/api/v1/patterns").await.expect(200);
    let listed = cloud.get(&admin, "/api/v1/tokens").await;
    assert!(!listed.text().contains(secret));
    let listed: Value = listed.json(200);
    assert_eq!(&listed["items"][0]["id"], id);
    assert!(listed["items"][0]["last_used_at"].is_string() && listed["items"][0]["revoked_at"].is_null());

    let path = format!("/api/v1/tokens/{}", id.as_str().unwrap());
    let revoke = || async { Answer::to(admin.sign(cloud.request(Method::DELETE, &path))).await };
    revoke().await.expect(204);
    cloud.get(&token, "/api/v1/patterns").await.refused(ProblemCode::Unauthenticated);
    let listed: Value = cloud.get(&admin, "/api/v1/tokens").await.json(200);
    assert!(listed["items"][0]["revoked_at"].is_string());
    for (name, scopes) in [("", json!(["read"])), ("x", json!([])), (&*"x".repeat(101), json!(["read"]))] {
        let body = json!({ "name": name, "scopes": scopes });
        cloud.post(&admin, "/api/v1/tokens", &body).await.refused(ProblemCode::Invalid);
    }
}
