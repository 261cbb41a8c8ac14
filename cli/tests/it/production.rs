//! `devos migrate`, `devos server` and `devos worker` on somebody's PostgreSQL, which asks for passwords.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use devos_embedded::{Ephemeral, Home, Install, Settings};
use reqwest::blocking::Client;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use crate::system::{DEVOS, wait};

/// A server that lets its superuser in and asks everybody else for a password.
struct Postgres {
    server: Ephemeral,
    _rules: tempfile::TempDir,
}

impl Postgres {
    fn start() -> Self {
        let install = Install::ensure(&Home::locate().unwrap()).unwrap();
        // Below a directory that everybody may enter: the server runs as a user of its own.
        let rules = tempfile::Builder::new().permissions(open_to_all()).tempdir().unwrap();
        let file = rules.path().join("pg_hba.conf");
        fs::write(&file, "local all postgres trust\nlocal all all scram-sha-256\n").unwrap();
        let mut settings = Settings::throwaway();
        settings.extra.push(("hba_file".to_owned(), file.display().to_string()));
        let server = Ephemeral::start_in(&install, &devos_embedded::config::scratch(), &settings).unwrap();
        Self { server, _rules: rules }
    }

    /// The address of a role, with a password.
    fn url(&self, role: &str, password: &str) -> String {
        format!("{}&password={password}", self.server.url("postgres").replace("user=postgres", &format!("user={role}")))
    }

    fn owner(&self) -> String {
        self.url("postgres", "the-owners")
    }
}

fn open_to_all() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

fn devos(postgres: &Postgres, app: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(DEVOS);
    command.args(arguments).stdin(Stdio::null());
    command.env("DATABASE_URL", postgres.url("devos_app", app));
    command.env("DATABASE_INGEST_URL", postgres.url("devos_ingest", "in%40gest"));
    command
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A process that is killed with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_with_passwords_is_migrated_and_served() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let postgres = Postgres::start();
    let said = devos(&postgres, "app", &["migrate", "--owner", "me@example.com"])
        .env("DATABASE_OWNER_URL", postgres.owner())
        .output()
        .unwrap();
    let said = succeeded(&said);
    let link = said.split_once("?link=").expect("a sign-in link").1.trim().to_owned();

    // Whoever migrates later need not know the other roles' passwords, and changes none.
    let again = Command::new(DEVOS).arg("migrate").env("DATABASE_OWNER_URL", postgres.owner()).output().unwrap();
    succeeded(&again);

    let data = tempfile::tempdir().unwrap();
    let mut server = devos(&postgres, "app", &["server"]);
    let settings = [("DEVOS_HTTP", "127.0.0.1:0"), ("DEVOS_INSECURE_COOKIES", "1"), ("DEVOS_LOG", "info")];
    server.envs(settings).env("DEVOS_DATA", data.path()).stderr(Stdio::piped());
    let mut server = Running(server.spawn().unwrap());
    let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let serving = lines.find(|line| line.contains("serving")).expect("it says where it serves");
    let serving: Value = serde_json::from_str(&serving).unwrap();
    let url = format!("http://{}", serving["fields"]["http"].as_str().unwrap());
    std::thread::spawn(move || lines.for_each(drop));
    let _worker = Running(devos(&postgres, "app", &["worker"]).env("DEVOS_DATA", data.path()).spawn().unwrap());

    let client = Client::new();
    wait("it is ready", Duration::from_secs(20), || {
        client.get(format!("{url}/readyz")).send().ok().filter(|answer| answer.status().is_success())
    });
    let signed_in = client.post(format!("{url}/api/v1/sign-in/link")).json(&json!({ "token": link })).send().unwrap();
    assert!(signed_in.status().is_success(), "{}", signed_in.status());
    let token = json!({ "name": "shop", "scopes": ["ingest", "read"] });
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let made = client.post(format!("{url}/api/v1/tokens")).header(COOKIE, cookie).header(ORIGIN, &url).json(&token);
    let made: Value = made.send().unwrap().json().unwrap();
    let secret = made["secret"].as_str().unwrap_or_else(|| panic!("{made}"));
    let body =
        json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "body": { "stringValue": "served" } }] }] }] });
    let sent = client.post(format!("{url}/v1/logs")).bearer_auth(secret).json(&body).send().unwrap();
    assert!(sent.status().is_success(), "{}", sent.status());
    let logs: Value = client.get(format!("{url}/api/v1/logs")).bearer_auth(secret).send().unwrap().json().unwrap();
    assert_eq!(logs["items"][0]["body"], "served");

    let stranger = devos(&postgres, "another", &["server"]).env("DEVOS_HTTP", "127.0.0.1:0").output().unwrap();
    let said = String::from_utf8_lossy(&stranger.stderr);
    assert!(!stranger.status.success() && said.contains("password"), "{said}");
    assert!(!said.contains("another"), "no password is shown: {said}");
}
