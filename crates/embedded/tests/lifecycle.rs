//! A real server through its whole life: fetched, started, stopped, killed, left behind and adopted.
#![expect(clippy::unwrap_used, reason = "clippy does not see that the helpers of an integration test are tests")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::thread;

use devos_embedded::{Cluster, Ephemeral, Error, Home, Install, Settings};

/// Tells this test binary, started by one of its own tests, which cluster to start and leave behind.
const LEAVE_BEHIND: &str = "DEVOS_TEST_LEAVE_BEHIND";

fn install() -> Install {
    Install::ensure(&Home::locate().unwrap()).unwrap()
}

/// Runs SQL through the server's own `psql` and returns its bare answer.
fn sql(install: &Install, url: &str, statement: &str) -> String {
    let psql = install.bin_dir().join("psql");
    let output =
        Command::new(psql).args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement, url]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Starts a cluster in a process that ends without stopping it.
fn leave_behind(test: &str, dir: &Path) {
    let status = Command::new(env::current_exe().unwrap()).args(["--exact", test]).env(LEAVE_BEHIND, dir).status();
    assert!(status.unwrap().success());
}

/// In the process started by [`leave_behind`]: the directory to use.
fn asked_to_leave_behind() -> Option<PathBuf> {
    env::var_os(LEAVE_BEHIND).map(PathBuf::from)
}

#[test]
fn data_survives_a_stop_and_a_kill() {
    let install = install();
    let dir = tempfile::tempdir().unwrap();
    let start = || Cluster::start(&install, dir.path(), &Settings::product()).unwrap();

    let first = start();
    assert!(!first.adopted());
    sql(&install, &first.url("postgres"), "create table kept (n int); insert into kept values (1)");
    assert!(matches!(Cluster::start(&install, dir.path(), &Settings::product()), Err(Error::InUse(_))));
    first.stop().unwrap();
    assert!(!dir.path().join("data/postmaster.pid").exists(), "a stopped server leaves no process file");

    let second = start();
    sql(&install, &second.url("postgres"), "insert into kept values (2)");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let exited = second.exited().unwrap();
    assert!(Command::new("kill").args(["-KILL", &second.pid().to_string()]).status().unwrap().success());
    runtime.block_on(exited);
    drop(second);

    let third = start();
    assert_eq!(sql(&install, &third.url("postgres"), "select sum(n) from kept"), "3");
}

#[test]
fn vectors_and_utf8_work_and_no_address_is_listened_on() {
    let install = install();
    let server = Ephemeral::start(&install).unwrap();
    let url = server.url("postgres");
    sql(&install, &url, "create extension vector");
    assert_eq!(sql(&install, &url, "select round(('[1,0]'::halfvec <=> '[0,1]'::halfvec)::numeric, 3)"), "1.000");
    assert_eq!(
        sql(&install, &url, "select upper('größe é'), pg_encoding_to_char(encoding) from pg_database limit 1"),
        "GRÖßE É|UTF8"
    );
    assert_eq!(sql(&install, &url, "show listen_addresses"), "");
}

#[test]
fn a_server_left_behind_is_adopted() {
    if let Some(dir) = asked_to_leave_behind() {
        std::mem::forget(Cluster::start(&install(), &dir, &Settings::product()).unwrap());
        exit(0);
    }
    let dir = tempfile::tempdir().unwrap();
    leave_behind("a_server_left_behind_is_adopted", dir.path());
    let install = install();
    let adopted = Cluster::start(&install, dir.path(), &Settings::product()).unwrap();
    assert!(adopted.adopted());
    assert_eq!(sql(&install, &adopted.url("postgres"), "select 1"), "1");
    let pid = adopted.pid();
    adopted.stop().unwrap();
    assert!(!dir.path().join("data/postmaster.pid").exists(), "process {pid} was stopped, not only forgotten");
}

#[test]
fn a_server_left_behind_with_other_settings_is_replaced() {
    if let Some(dir) = asked_to_leave_behind() {
        std::mem::forget(Cluster::start(&install(), &dir, &Settings::product()).unwrap());
        exit(0);
    }
    let dir = tempfile::tempdir().unwrap();
    leave_behind("a_server_left_behind_with_other_settings_is_replaced", dir.path());
    let install = install();
    let settings = Settings { max_connections: 17, ..Settings::product() };
    let replaced = Cluster::start(&install, dir.path(), &settings).unwrap();
    assert!(!replaced.adopted());
    assert_eq!(sql(&install, &replaced.url("postgres"), "show max_connections"), "17");
}

#[test]
fn a_throwaway_cluster_goes_with_its_owner_or_at_the_next_start() {
    if let Some(scratch) = asked_to_leave_behind() {
        std::mem::forget(Ephemeral::start_in(&install(), &scratch, &Settings::throwaway()).unwrap());
        exit(0);
    }
    let scratch = tempfile::tempdir().unwrap();
    open(scratch.path());
    let left = || fs::read_dir(scratch.path()).unwrap().count();
    leave_behind("a_throwaway_cluster_goes_with_its_owner_or_at_the_next_start", scratch.path());
    assert_eq!(left(), 1);

    let server = Ephemeral::start_in(&install(), scratch.path(), &Settings::throwaway()).unwrap();
    assert_eq!(left(), 1, "the next start swept the stale one");
    drop(server);
    assert_eq!(left(), 0);
}

#[test]
fn concurrent_first_uses_unpack_once_and_a_damaged_archive_is_refused() {
    let known = install();
    let archive = fs::read_dir(Home::locate().unwrap().path().join("postgresql")).unwrap();
    let archive = archive.flatten().find(|entry| entry.path().extension().is_some_and(|end| end == "whl")).unwrap();

    let root = tempfile::tempdir().unwrap();
    open(root.path());
    let home = root.path().join("home");
    let servers = home.join("postgresql");
    fs::create_dir_all(&servers).unwrap();
    fs::write(servers.join(archive.file_name()), "damaged").unwrap();
    assert!(matches!(Install::ensure(&Home::at(&home)), Err(Error::Checksum { .. })));

    fs::copy(archive.path(), servers.join(archive.file_name())).unwrap();
    let ready: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn({
                let home = home.clone();
                move || Install::ensure(&Home::at(home))
            })
        })
        .collect();
    for install in ready {
        let install = install.join().unwrap().unwrap();
        assert_eq!(install.bin_dir().file_name(), known.bin_dir().file_name());
    }
    let hidden =
        fs::read_dir(&servers).unwrap().flatten().filter(|entry| entry.file_name().as_encoded_bytes()[0] == b'.');
    assert_eq!(hidden.count(), 0, "no scratch directory is left");
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let install = install();
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { extra: vec![("no_such_setting".into(), "1".into())], ..Settings::throwaway() };
    let error = Cluster::start(&install, dir.path(), &settings).unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

/// Lets the server's owner pass through a temporary directory, which is private at first.
fn open(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o711)).unwrap();
}
