//! A private `devos up`, started by a test and gone with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use devos_contracts::api::{Page, Reason, RepairDetail};
use devos_contracts::proposal::Proposal;
use devos_contracts::repair::{Repair, RepairState};
use devos_embedded::Home;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{COOKIE, SET_COOKIE};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The binary under test.
pub const DEVOS: &str = env!("CARGO_BIN_EXE_devos");
/// What the names of tests' systems begin with; their maker's process id and a number follow.
const PREFIX: &str = "it-";
/// How often somebody who waits looks again; the API allows twenty requests a second for long.
const POLL: Duration = Duration::from_millis(50);

/// Looks until there is an answer; panics when none comes in time.
pub fn wait<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not within {} s", patience.as_secs());
        std::thread::sleep(POLL);
    }
}

/// A running system.
pub struct System {
    name: String,
    child: Option<Child>,
    http: Client,
    /// The API's address.
    pub url: String,
    /// A token with every scope.
    pub token: String,
    /// The token of the one-time sign-in link.
    pub link: String,
}

/// The session cookie of a signed-in person.
pub struct Person(String);

impl System {
    /// Starts a system of its own from nothing.
    pub fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            sweep();
        }
        Self::start_as(&format!("{PREFIX}{}-{number}", std::process::id()), &["--fresh"])
    }

    /// Starts the system of this name, with more arguments.
    pub fn start_as(name: &str, arguments: &[&str]) -> Self {
        // A second test in this process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = up(name, "0").args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let said = welcome(child.stdout.take().unwrap());
        assert!(said.contains("is ready"), "it did not start, and standard error says why");
        let access = fs::read(directory(name).join("access.json"));
        let access: Value = serde_json::from_slice(&access.expect(&said)).unwrap();
        let link = said.split_once("?link=").map(|(_, rest)| rest.split_whitespace().next().unwrap_or_default());
        let system = Self {
            name: name.to_owned(),
            child: Some(child),
            http: Client::builder().timeout(Duration::from_secs(30)).build().unwrap(),
            url: access["url"].as_str().unwrap().to_owned(),
            token: access["token"].as_str().unwrap().to_owned(),
            link: link.unwrap_or_default().to_owned(),
        };
        wait("the system is ready", Duration::from_secs(20), || {
            system.http.get(format!("{}/readyz", system.url)).send().ok().filter(|answer| answer.status().is_success())
        });
        system
    }

    /// Starts it again after its end, with everything it kept.
    pub fn again(self) -> Self {
        // Dropping it would remove that.
        let ended = ManuallyDrop::new(self);
        Self::start_as(&ended.name, &[])
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Everything it keeps.
    pub fn directory(&self) -> PathBuf {
        directory(&self.name)
    }

    /// Runs a command of the binary against this system.
    pub fn devos(&self, arguments: &[&str]) -> Output {
        Command::new(DEVOS)
            .args(arguments)
            .env("DEVOS_URL", &self.url)
            .env("DEVOS_TOKEN", &self.token)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs a command that must succeed; answers what it printed.
    pub fn devos_ok(&self, arguments: &[&str]) -> String {
        let output = self.devos(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "devos {}: {said}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Reads from the API, as fast as it lets us.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = wait("the API has time for us", Duration::from_secs(20), || {
            let answer = self.http.get(self.at(path)).bearer_auth(&self.token).send().unwrap();
            (answer.status() != StatusCode::TOO_MANY_REQUESTS).then_some(answer)
        });
        answer.error_for_status().unwrap().json().unwrap()
    }

    /// The newest repair of a repository, once there is one.
    pub fn repair_of(&self, repository: &str) -> Repair {
        wait(&format!("a repair of {repository}"), Duration::from_mins(1), || {
            let page: Page<Repair> = self.get("/repairs?limit=100");
            page.items.into_iter().find(|repair| repair.repository_name == repository)
        })
    }

    /// A repair with its journal.
    pub fn detail(&self, repair: &Repair) -> RepairDetail {
        self.get(&format!("/repairs/{}", repair.id))
    }

    /// The newest repair of a repository, once it is in the state that is waited for, or in one that it never leaves.
    pub fn settled(&self, repository: &str, awaited: RepairState) -> RepairDetail {
        let repair = self.repair_of(repository);
        let unwanted = |state: RepairState| state == RepairState::AwaitingHuman && awaited.is_final();
        let reached = |state: RepairState| state == awaited || state.is_final() || unwanted(state);
        let patience = Duration::from_secs(100);
        let detail = wait(&format!("the repair of {repository}"), patience, || {
            Some(self.detail(&repair)).filter(|detail| reached(detail.repair.state))
        });
        let (state, reason) = (detail.repair.state, &detail.repair.reason);
        assert_eq!(state, awaited, "the repair of {repository}: {reason}");
        detail
    }

    /// Signs the owner in with the one-time link.
    pub fn sign_in(&self) -> Person {
        let link = serde_json::json!({ "token": self.link });
        let answer = self.http.post(self.at("/sign-in/link")).json(&link).send().unwrap().error_for_status().unwrap();
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        Person(cookie.split(';').next().unwrap().to_owned())
    }

    /// Approves a proposal in the name of a person.
    pub fn approve(&self, person: &Person, proposal: &Proposal) -> Response {
        let reason = Reason { reason: "the evidence holds".into() };
        let at = self.at(&format!("/proposals/{}/approve", proposal.id));
        self.http.post(at).header(COOKIE, &person.0).json(&reason).send().unwrap()
    }

    /// The worker's process id, once it is written down and runs.
    pub fn worker(&self) -> Pid {
        wait("the worker", Duration::from_secs(10), || {
            let text = fs::read_to_string(self.directory().join("worker.pid")).ok()?;
            let pid = text.trim().parse().ok()?;
            let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            command.split(|byte| *byte == 0).any(|part| part == b"--supervised").then(|| Pid::from_raw(pid))
        })
    }

    /// PostgreSQL's process id, while it runs.
    pub fn postmaster(&self) -> Option<Pid> {
        postmaster(&self.directory())
    }

    /// Sends the foreground process a signal and waits for its end.
    pub fn end(&mut self, signal: Signal) -> ExitStatus {
        kill(pid_of(self.child.as_ref().expect("it is running")), signal).unwrap();
        self.ended()
    }

    /// Waits for the end of the foreground process.
    pub fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it is running");
        wait("devos up ends", Duration::from_secs(20), || child.try_wait().unwrap())
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }
}

impl Drop for System {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill(pid_of(&child), Signal::SIGINT);
            let until = Instant::now() + Duration::from_secs(15);
            while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(POLL);
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = fs::read_to_string(self.directory().join("worker.log"));
            eprintln!("the worker's log:\n{}", log.unwrap_or_default());
        }
        remove(&self.directory());
    }
}

/// `devos up` of this name on a port, everything else free.
pub fn up(name: &str, port: &str) -> Command {
    let mut command = Command::new(DEVOS);
    command.args(["up", "--no-demo", "--name", name, "--port", port, "--otlp-port", "0", "--grpc-port", "0"]);
    command.stdin(Stdio::null());
    command
}

/// Where an installation of this name keeps its things.
pub fn directory(name: &str) -> PathBuf {
    Home::locate().unwrap().path().join(name)
}

/// What a starting system says, up to its last line; the rest is read and dropped, so that it never waits for us.
fn welcome(stdout: ChildStdout) -> String {
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let mut said = Vec::new();
    for line in lines.by_ref() {
        let last = line.contains("Ctrl-C");
        said.push(line);
        if last {
            break;
        }
    }
    std::thread::spawn(move || lines.for_each(drop));
    said.join("\n")
}

/// True while a process of this number runs; a zombie does not.
pub fn is_running(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap())
}

fn postmaster(directory: &Path) -> Option<Pid> {
    let text = fs::read_to_string(directory.join("postgres/data/postmaster.pid")).ok()?;
    let pid = Pid::from_raw(text.lines().next()?.parse().ok()?);
    is_running(pid).then_some(pid)
}

/// Removes an installation, and ends a PostgreSQL that a killed `devos up` left.
fn remove(directory: &Path) {
    if let Some(left) = postmaster(directory) {
        let _ = kill(left, Signal::SIGQUIT);
        wait("PostgreSQL ends", Duration::from_secs(10), || (!is_running(left)).then_some(()));
    }
    let _ = fs::remove_dir_all(directory);
    let _ = fs::remove_file(directory.with_extension("lock"));
}

/// Removes what killed test processes left.
fn sweep() {
    let home = Home::locate().unwrap();
    let Ok(entries) = fs::read_dir(home.path()) else { return };
    for entry in entries.map_while(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if maker.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            remove(&entry.path());
        }
    }
}
