//! Starting, stopping, being killed, and starting again.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use devos_contracts::api::Page;
use devos_contracts::repair::RepairState;
use devos_contracts::repository::Repository;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::shop;
use crate::system::{System, directory, is_running, up, wait};

fn repositories(system: &System) -> Vec<String> {
    let page: Page<Repository> = system.get("/repositories");
    page.items.into_iter().map(|repository| repository.name).collect()
}

/// Processes that name the installation's directory in their command line, PostgreSQL's own aside.
fn processes_of(system: &System) -> Vec<String> {
    let root = system.directory();
    let root = root.to_str().unwrap();
    let named = processes().into_iter().filter_map(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        (command.contains(root) && !command.contains("postgres") && is_running(pid)).then_some(command)
    });
    named.collect()
}

fn processes() -> Vec<Pid> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(Pid::from_raw).collect()
}

fn parent(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok().map(Pid::from_raw)
}

/// Waits until a gate's `sleep` runs below the worker, and answers every process there.
fn busy(system: &System) -> Vec<Pid> {
    let worker = system.worker();
    wait("the sandbox is busy", Duration::from_secs(30), || {
        let below = |pid: &Pid| std::iter::successors(Some(*pid), |pid| parent(*pid)).skip(1).any(|up| up == worker);
        let found: Vec<Pid> = processes().into_iter().filter(below).collect();
        let sleeps = |pid: &Pid| fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name == b"sleep\n");
        found.iter().any(sleeps).then_some(found)
    })
}

#[test]
fn a_killed_system_leaves_nothing_running_and_its_next_start_keeps_everything() {
    let mut first = System::start();
    let name = first.name().to_owned();
    let (history, _) = shop::broken(|_| {});
    // Long enough that the kill finds it in the sandbox.
    shop::connect(&first, "shop", history.path(), &format!("sleep 1; {}", shop::GATE), "20");
    shop::upload(&first, "shop", &history.head(), shop::FAILED);
    let repair = first.repair_of("shop");
    let sandbox = busy(&first);
    let (worker, postmaster, token) = (first.worker(), first.postmaster(), first.token.clone());
    assert!(postmaster.is_some());

    first.end(Signal::SIGKILL);
    wait("the worker ends with its parent", Duration::from_secs(10), || (!is_running(worker)).then_some(()));
    let gone = || !sandbox.iter().any(|pid| is_running(*pid));
    wait("the sandbox ends with the worker", Duration::from_secs(10), || gone().then_some(()));
    assert_eq!(first.postmaster(), postmaster, "PostgreSQL waits for the next start");

    let mut second = System::start_as(&name, &[]);
    assert_eq!(second.postmaster(), postmaster, "it is adopted");
    assert_eq!(second.token, token);
    assert_eq!(repositories(&second), ["shop"]);
    let detail = second.settled("shop", RepairState::AwaitingHuman);
    assert_eq!(detail.repair.id, repair.id, "the repair went on");

    let begun = Instant::now();
    assert_eq!(second.end(Signal::SIGINT).code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(second.postmaster(), None);
    assert_eq!(processes_of(&second), [] as [String; 0]);

    let third = System::start_as(&name, &[]);
    assert_eq!(repositories(&third), ["shop"]);
    assert_eq!(third.token, token);
    drop(third);
}

#[test]
fn a_system_whose_database_dies_fails_aloud_and_its_next_start_keeps_everything() {
    let mut first = System::start();
    let name = first.name().to_owned();
    let history = shop::founded();
    shop::connect(&first, "shop", history.path(), shop::GATE, "20");
    kill(first.postmaster().unwrap(), Signal::SIGKILL).unwrap();
    assert_eq!(first.ended().code(), Some(1));
    assert_eq!(processes_of(&first), [] as [String; 0]);

    let second = System::start_as(&name, &[]);
    assert_eq!(repositories(&second), ["shop"]);
}

#[test]
fn ctrl_c_ends_a_busy_system_in_time_and_fresh_starts_over() {
    let mut system = System::start();
    let name = system.name().to_owned();
    let (history, _) = shop::broken(|_| {});
    shop::connect(&system, "shop", history.path(), "sleep 60", "60");
    shop::upload(&system, "shop", &history.head(), shop::FAILED);
    let sandbox = busy(&system);
    let begun = Instant::now();
    assert_eq!(system.end(Signal::SIGINT).code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(processes_of(&system), [] as [String; 0]);
    assert!(!sandbox.iter().any(|pid| is_running(*pid)));
    let token = system.token.clone();

    let fresh = System::start_as(&name, &["--fresh"]);
    assert_eq!(repositories(&fresh), [] as [String; 0]);
    assert_ne!(fresh.token, token);
    assert!(!fresh.link.is_empty(), "a fresh system has a sign-in link");
}

#[test]
fn what_can_not_start_says_why_in_one_line_and_disturbs_nobody() {
    let system = System::start();
    let worker = system.worker();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let other = format!("{}-other", system.name());
    for (name, port, words) in [
        (other.as_str(), port.as_str(), port.as_str()),
        (system.name(), "0", "already running"),
        ("No Name", "0", "lower-case"),
    ] {
        let output = up(name, port).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{words}: {said}");
        if name != "No Name" {
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        assert!(output.stdout.is_empty());
    }
    assert!(!directory(&other).exists(), "nothing is left of what did not start");
    assert_eq!(system.worker(), worker, "the running system has its worker still");
    assert_eq!(repositories(&system), [] as [String; 0]);
}
