//! Signing in and out, and what browsers may do for others.

use chrono::{TimeDelta, Utc};
use devos_contracts::api::Me;
use devos_contracts::problem::ProblemCode;
use devos_contracts::scope::{Role, TokenScope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cloud::{Cloud, Credentials, digest, elsewhere, unique};

const SIGN_IN: &str = "/api/v1/sign-in";
const LINK: &str = "/api/v1/sign-in/link";
const PASSWORD: &str = "correct horse battery";

async fn post(cloud: &Cloud, path: &str, body: &Value) -> Answer {
    Answer::to(cloud.request_from_elsewhere(Method::POST, path).json(body)).await
}

/// Gives the first tenant's reviewer a password, through a link.
async fn set_password(cloud: &Cloud) -> String {
    let reviewer = cloud.tenant.member(Role::Reviewer);
    let token = cloud.app.identity.make_link(reviewer.user).await.unwrap();
    let me: Me = post(cloud, LINK, &json!({ "token": token, "password": PASSWORD })).await.json(200);
    assert!(me.has_password);
    reviewer.email.clone()
}

/// The session that an answer starts.
fn cookie(answer: &Answer) -> Credentials {
    let pair = answer.header("set-cookie").split(';').next().unwrap();
    Credentials::Session(pair.strip_prefix("devos=").unwrap().to_owned())
}

#[tokio::test]
async fn a_password_starts_a_session() {
    let cloud = Cloud::start().await;
    let email = set_password(&cloud).await;
    for spelled in [email.clone(), format!("  {} ", email.to_uppercase())] {
        let answer = post(&cloud, SIGN_IN, &json!({ "email": spelled, "password": PASSWORD })).await;
        let me: Me = answer.json(200);
        assert_eq!(
            (me.name.as_str(), me.role, me.tenant_name.as_str()),
            (email.as_str(), Some(Role::Reviewer), "acme")
        );
        assert_eq!((me.user, me.tenant), (Some(cloud.tenant.member(Role::Reviewer).user), cloud.scope().tenant));
        assert_eq!(cloud.get(&cookie(&answer), "/api/v1/me").await.json::<Me>(200), me);
    }
}

#[tokio::test]
async fn every_sign_in_is_a_session_of_its_own() {
    let cloud = Cloud::start().await;
    let body = json!({ "email": set_password(&cloud).await, "password": PASSWORD });
    let (one, other) = (post(&cloud, SIGN_IN, &body).await, post(&cloud, SIGN_IN, &body).await);
    assert_ne!(cookie(&one).secret(), cookie(&other).secret());
    let stored = cloud.rows("SELECT encode(hash, 'escape') AS hash FROM sessions", &[]).await;
    assert!(stored.len() >= 2 && !format!("{stored:?}").contains(cookie(&one).secret()), "only hashes are stored");
}

#[tokio::test]
async fn a_wrong_guess_says_nothing_about_what_was_wrong() {
    let cloud = Cloud::start().await;
    let email = set_password(&cloud).await;
    let mut details = Vec::new();
    for (email, password) in [
        (email.as_str(), "correct horse batterz"),
        (email.as_str(), ""),
        (email.as_str(), &"x".repeat(2000)),
        ("nobody@acme.example", PASSWORD),
        ("viewer@acme.example", PASSWORD),
        ("a\0b", PASSWORD),
    ] {
        let answer = post(&cloud, SIGN_IN, &json!({ "email": email, "password": password })).await;
        assert!(!answer.headers.contains_key("set-cookie"));
        details.push(answer.refused(ProblemCode::Unauthenticated));
    }
    details.dedup();
    assert_eq!(details.len(), 1, "{details:?}");
}

#[tokio::test]
async fn a_link_works_once() {
    let cloud = Cloud::start().await;
    let owner = cloud.tenant.member(Role::Owner);
    let body = json!({ "token": cloud.app.identity.make_link(owner.user).await.unwrap() });
    let answer = post(&cloud, LINK, &body).await;
    let me: Me = answer.json(200);
    assert_eq!((me.user, me.has_password), (Some(owner.user), false));
    cloud.get(&cookie(&answer), "/api/v1/me").await.expect(200);
    for body in [body, json!({ "token": unique("lnk_") }), json!({ "token": "" })] {
        post(&cloud, LINK, &body).await.refused(ProblemCode::Unauthenticated);
    }
}

#[tokio::test]
async fn an_expired_link_does_not_work() {
    let cloud = Cloud::start().await;
    let user = cloud.tenant.member(Role::Owner).user;
    for (life, expected) in [(TimeDelta::minutes(1), 200), (TimeDelta::seconds(-1), 401)] {
        let token = unique("lnk_");
        cloud.store().put_sign_in_link(user, &digest(&token), Utc::now() + life).await.unwrap();
        assert_eq!(post(&cloud, LINK, &json!({ "token": token })).await.status, expected);
    }
}

#[tokio::test]
async fn a_weak_password_does_not_use_up_the_link() {
    let cloud = Cloud::start().await;
    let token = cloud.app.identity.make_link(cloud.tenant.member(Role::Owner).user).await.unwrap();
    for weak in ["short", &"x".repeat(1025)] {
        let detail = post(&cloud, LINK, &json!({ "token": token, "password": weak })).await;
        assert!(detail.refused(ProblemCode::Invalid).contains("10 to 1024"));
    }
    post(&cloud, LINK, &json!({ "token": token, "password": PASSWORD })).await.expect(200);
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let cloud = Cloud::start().await;
    let email = set_password(&cloud).await;
    let reviewer = cloud.person(Role::Reviewer).await;
    let put = |password: &str| {
        let request = cloud.request(Method::PUT, "/api/v1/me/password");
        Answer::to(reviewer.sign(request).json(&json!({ "password": password })))
    };
    put("too short").await.refused(ProblemCode::Invalid);
    put("battery horse correct").await.expect(204);
    let guess = |password: &str| json!({ "email": email, "password": password });
    post(&cloud, SIGN_IN, &guess(PASSWORD)).await.refused(ProblemCode::Unauthenticated);
    post(&cloud, SIGN_IN, &guess("battery horse correct")).await.expect(200);
    let stored = cloud.rows("SELECT password_hash FROM users WHERE password_hash IS NOT NULL", &[]).await;
    assert!(stored[0]["password_hash"].as_str().unwrap().starts_with("$argon2id$"), "{stored:?}");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let cloud = Cloud::start().await;
    let (viewer, other) = (cloud.person(Role::Viewer).await, cloud.person(Role::Viewer).await);
    cloud.get(&viewer, "/api/v1/patterns").await.expect(200);
    let answer = cloud.post(&viewer, "/api/v1/sign-out", &json!({})).await;
    answer.expect(204);
    let cleared = answer.header("set-cookie");
    assert!(cleared.starts_with("devos=;") && cleared.contains("Max-Age=0"), "{cleared}");
    for path in ["/api/v1/me", "/api/v1/patterns"] {
        cloud.get(&viewer, path).await.refused(ProblemCode::Unauthenticated);
    }
    cloud.get(&other, "/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn the_cookie_is_for_this_site_alone() {
    for secure in [false, true] {
        let cloud = Cloud::start_with(|config| config.secure_cookies = secure).await;
        let token = cloud.app.identity.make_link(cloud.tenant.member(Role::Owner).user).await.unwrap();
        let answer = post(&cloud, LINK, &json!({ "token": token })).await;
        let cookie = answer.header("set-cookie");
        let (pair, flags) = cookie.split_once("; ").unwrap();
        let mut flags: Vec<&str> = flags.split("; ").collect();
        flags.sort_unstable();
        if secure {
            assert_eq!(flags, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
            assert!(pair.starts_with("__Host-devos=ses_"), "{pair}");
        } else {
            assert_eq!(flags, ["HttpOnly", "Path=/", "SameSite=Lax"]);
            assert!(pair.starts_with("devos=ses_"), "{pair}");
        }
        let me = Answer::to(cloud.request(Method::GET, "/api/v1/me").header("cookie", pair)).await;
        assert_eq!(me.json::<Me>(200).name, "owner@acme.example");
    }
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let cloud = Cloud::start().await;
    let owner = cloud.person(Role::Owner).await;
    let machine = cloud.token(&[TokenScope::Admin]).await;
    let host = cloud.url.strip_prefix("http://").unwrap();
    let create = |who: &Credentials, name: &'static str, value: String| {
        let request = who.sign(cloud.request(Method::POST, "/api/v1/tokens")).header(name, value);
        Answer::to(request.json(&json!({ "name": "ci", "scopes": ["read"] })))
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
        ("origin", "https://evil.example".to_owned()),
        ("origin", format!("http://{host}.evil.example")),
        ("origin", "null".to_owned()),
    ] {
        create(&owner, name, value.clone()).await.refused(ProblemCode::CrossOrigin);
        // A token is not sent by a browser on its own.
        create(&machine, name, value.clone()).await.expect(201);
        let reading = Answer::to(owner.sign(cloud.request(Method::GET, "/api/v1/me")).header(name, &value)).await;
        reading.expect(200);
        for (path, body) in [(SIGN_IN, json!({ "email": "a", "password": "b" })), (LINK, json!({ "token": "c" }))] {
            let request = cloud.request_from_elsewhere(Method::POST, path).header(name, &value);
            Answer::to(request.json(&body)).await.refused(ProblemCode::CrossOrigin);
        }
    }
    create(&owner, "sec-fetch-site", "same-origin".to_owned()).await.expect(201);
    create(&owner, "origin", cloud.url.clone()).await.expect(201);
}

#[tokio::test]
async fn guessing_is_slowed_down_by_address() {
    let cloud = Cloud::start().await;
    let guess = json!({ "email": "owner@acme.example", "password": "guess" });
    let client = elsewhere();
    let mut statuses = Vec::new();
    for number in 0..12 {
        let (path, body) = if number % 2 == 0 { (SIGN_IN, guess.clone()) } else { (LINK, json!({ "token": "guess" })) };
        let answer = Answer::to(client.post(format!("{}{path}", cloud.url)).json(&body)).await;
        if answer.status == 429 {
            answer.refused(ProblemCode::RateLimited);
            let wait: u32 = answer.header("retry-after").parse().unwrap();
            assert!((1..=7).contains(&wait), "ten a minute is one in six seconds, not in {wait}");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert!(statuses.contains(&429), "{statuses:?}");
    // From elsewhere, and for what is not signing in, it goes on.
    post(&cloud, SIGN_IN, &guess).await.refused(ProblemCode::Unauthenticated);
    cloud.get(&cloud.person(Role::Viewer).await, "/api/v1/me").await.expect(200);
}
