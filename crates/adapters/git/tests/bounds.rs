//! A git that never ends, or never stops talking, is ended together with what it started.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use devos_contracts::{CommitId, RepositoryId};
use devos_git::{Environment, GitError, Mirrors, RemotePolicy};
use tempfile::TempDir;
use uuid::Uuid;

/// Mirrors whose git is a script.
fn mirrors(directory: &TempDir, script: &str, timeout: Duration) -> Mirrors {
    let program = directory.path().join("git");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment = Environment { program: program.into(), local_timeout: timeout, ..Environment::current() };
    Mirrors::with_environment(directory.path().join("mirrors"), RemotePolicy { paths: true }, environment)
}

fn is_running(pid: &str) -> bool {
    let state = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

#[tokio::test]
async fn a_call_that_never_ends_is_killed_with_its_children() {
    let directory = tempfile::tempdir().unwrap();
    let note = directory.path().join("child");
    let script = format!("sleep 1000 & echo $! > {}; wait", note.display());
    let mirrors = mirrors(&directory, &script, Duration::from_millis(500));
    let error = mirrors.lock(RepositoryId(Uuid::new_v4())).await.unwrap_err();
    assert!(matches!(error, GitError::TimedOut { .. }), "{error}");
    let child = std::fs::read_to_string(note).unwrap();
    let begun = Instant::now();
    while is_running(child.trim()) {
        assert!(begun.elapsed() < Duration::from_secs(5), "its child still runs");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_that_never_stops_talking_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let repository = RepositoryId(Uuid::new_v4());
    let mirrors = mirrors(&directory, "case \"$*\" in *ls-tree*) yes ;; *) : ;; esac", Duration::from_mins(1));
    let mirror = directory.path().join(format!("mirrors/{repository}.git"));
    std::fs::create_dir_all(&mirror).unwrap();
    std::fs::write(mirror.join("HEAD"), "").unwrap();
    let mirror = mirrors.mirror(repository).unwrap();
    let error = mirror.files(&CommitId("a".repeat(40))).await.unwrap_err();
    assert!(matches!(error, GitError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn errors_repeat_no_credentials() {
    let directory = tempfile::tempdir().unwrap();
    let script = "echo \"fatal: unable to access 'https://me:hunter2@example.org/a.git'\" >&2; exit 128";
    let mirrors = mirrors(&directory, script, Duration::from_mins(1));
    let error = mirrors.connect("https://example.org/a.git").await.unwrap().refs().await.unwrap_err();
    assert!(matches!(error, GitError::Unreachable(_)), "{error}");
    assert!(error.to_string().contains("example.org") && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn one_mirror_has_one_writer_and_a_missing_one_no_reader() {
    let directory = tempfile::tempdir().unwrap();
    let mirrors = Mirrors::new(directory.path().join("mirrors"), RemotePolicy { paths: true });
    let repository = RepositoryId(Uuid::new_v4());
    mirrors.mirror(repository).expect_err("never fetched");
    let first = mirrors.lock(repository).await.unwrap();
    let second = tokio::time::timeout(Duration::from_millis(300), mirrors.lock(repository)).await;
    assert!(second.is_err(), "two writers");
    mirrors.lock(RepositoryId(Uuid::new_v4())).await.unwrap();
    drop(first);
    mirrors.forget(repository).await.unwrap();
    mirrors.forget(repository).await.unwrap();
    mirrors.mirror(repository).expect_err("forgotten");
}
