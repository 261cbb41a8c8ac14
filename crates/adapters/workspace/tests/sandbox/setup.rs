//! The setup phase: its proxy, its cache, and what later commits see of it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use devos_contracts::CommitId;
use devos_contracts::run::Limits;
use devos_ports::workspace::SandboxRun;
use devos_ports::{Workspace, WorkspaceError};

use crate::scene::{Scene, can_sandbox, plan, small};

/// A package host that answers one connection.
fn package_host() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4];
            stream.read_exact(&mut asked).unwrap();
            stream.write_all(b"package").unwrap();
        }
    });
    port
}

fn connect(port: u16) -> String {
    format!(
        "bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128
         printf \"CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n\" >&3; read -r head <&3; read -r empty <&3
         echo \"$head\"; case \"$head\" in *200*) printf give >&3; cat <&3 > fetched;; *) exit 9;; esac'"
    )
}

#[tokio::test]
async fn setup_reaches_package_hosts_and_nothing_else() {
    if !can_sandbox() {
        return;
    }
    let (allowed, forbidden) = (package_host(), package_host());
    let scene = Scene::with(|config| config.package_hosts = vec![format!("127.0.0.1:{allowed}")]);
    let commit = scene.commit("one", &[("a", Some("a"))]).await;
    let run = SandboxRun { setup: vec![connect(allowed)], ..plan(&commit, &["cat fetched", &connect(allowed)]) };
    let outcome = scene.run(run.clone()).await;
    assert_eq!(outcome.commands[0].output, "package");
    // The command itself has no proxy.
    assert!(!outcome.commands[1].end.is_success(), "{outcome:?}");

    let run = SandboxRun { setup: vec![connect(forbidden)], ..run };
    let error = scene.workspace.run(scene.repository.id, &run).await.unwrap_err();
    let WorkspaceError::Setup { detail } = &error else { panic!("{error}") };
    assert!(detail.contains("403") && detail.contains(&format!("package hosts: 127.0.0.1:{forbidden}")), "{detail}");
    let direct = format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{allowed}'");
    let run = SandboxRun { setup: vec![direct], ..run };
    assert!(matches!(scene.workspace.run(scene.repository.id, &run).await, Err(WorkspaceError::Setup { .. })));
}

#[tokio::test]
async fn setup_runs_once_for_equal_manifests_and_never_hides_a_commit() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let setup = "mkdir -p deps/bin src/__pycache__ $HOME/.cache; date +%N > deps/made; cp deps/made $HOME/.cache/made
        printf '#!/bin/sh\\necho tool' > deps/bin/tool; chmod +x deps/bin/tool; ln -s deps/bin/tool tool
        echo generated > later.txt; echo changed > src/a.py; touch src/__pycache__/a.pyc src/b.so; mkfifo deps/fifo";
    let look =
        "cat deps/made; cmp deps/made $HOME/.cache/made; ./tool; cat src/a.py later.txt; ls src; test ! -e deps/fifo
        echo x >> deps/made; echo y > $HOME/mine; rm -r deps/bin";
    let files = [("src/a.py", Some("one\n")), ("requirements.txt", Some("r\n"))];
    let first = scene.commit("one", &files).await;
    let run = SandboxRun { setup: vec![setup.to_owned()], ..plan(&first, &[look]) };
    let one = scene.run(run.clone()).await.commands.remove(0);
    assert!(one.end.is_success(), "{}", one.output);
    let (made, rest) = one.output.split_once('\n').unwrap();
    assert_eq!(rest, "tool\none\ngenerated\na.py\nb.so\n");

    // Same manifests: the same result, under the new commit's own files.
    let second = scene.commit("two", &[("src/a.py", Some("two\n")), ("later.txt", Some("tracked\n"))]).await;
    let two = scene.run(SandboxRun { commit: second, ..run.clone() }).await.commands.remove(0);
    assert_eq!(two.output, format!("{made}\ntool\ntwo\ntracked\na.py\nb.so\n"));

    let third = scene.commit("three", &[("requirements.txt", Some("s\n"))]).await;
    let three = scene.run(SandboxRun { commit: third, ..run }).await.commands.remove(0);
    assert_ne!(three.output.split_once('\n').unwrap().0, made);
}

#[tokio::test]
async fn a_release_does_not_fetch_again_unless_the_project_is_installed() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let manifest = |version: &str, dependency: &str| {
        format!("[project]\nname = \"a\"\nversion = \"{version}\"\ndependencies = [\"{dependency}\"]\n")
    };
    // What it would fetch is not the point, only that it ran.
    let made = "echo $(cat /proc/sys/kernel/random/uuid) > made";
    let commit = async |version: &str, dependency: &str, code: &str| {
        scene.commit("one", &[("pyproject.toml", Some(&manifest(version, dependency))), ("a.py", Some(code))]).await
    };
    let first = commit("1", "b", "1").await;
    let released = commit("2", "b", "1").await;
    let grown = commit("2", "c", "1").await;
    let coded = commit("2", "c", "2").await;
    let ran = async |commit: &CommitId, install: &str| {
        let setup = vec![made.to_owned(), format!("test -n '' && {install} || true")];
        let outcome = scene.run(SandboxRun { setup, ..plan(commit, &["cat made"]) }).await.commands.remove(0);
        assert!(outcome.end.is_success(), "{}", outcome.output);
        outcome.output
    };
    for (install, expected) in [
        ("pip install -r requirements.txt", [true, false, true]),
        ("pip install -e .", [false, false, true]),
        ("pip install .", [false, false, false]),
    ] {
        let (one, two) = (ran(&first, install).await, ran(&released, install).await);
        let (three, four) = (ran(&grown, install).await, ran(&coded, install).await);
        assert_eq!([one == two, two == three, three == four], expected, "{install}");
    }
}

#[tokio::test]
async fn a_failed_or_oversized_setup_is_told_and_not_kept() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::with(|config| config.prepared_bytes = 1 << 20);
    let commit = scene.commit("one", &[("a", Some("a"))]).await;
    let attempt = async |setup: &str, limits: Limits| {
        let run = SandboxRun { setup: vec!["true".to_owned(), setup.to_owned()], limits, ..plan(&commit, &["true"]) };
        match scene.workspace.run(scene.repository.id, &run).await {
            Err(WorkspaceError::Setup { detail }) => detail,
            other => panic!("{other:?}"),
        }
    };
    let detail = attempt("echo no such package; exit 4", small()).await;
    assert!(
        detail.contains("no such package") && detail.contains("exit 4") && detail.contains("exited with 4"),
        "{detail}"
    );
    let detail = attempt("head -c 2000000 /dev/urandom > big", small()).await;
    assert!(detail.contains("more than may be kept"), "{detail}");
    let detail = attempt("sleep 100", Limits { wall_seconds: 1, ..small() }).await;
    assert!(detail.contains("timed out"), "{detail}");
}

#[tokio::test]
#[ignore = "reaches the package hosts that this machine's clients are set to; run it by name"]
async fn the_clients_of_this_machine_reach_their_hosts() {
    let scene = Scene::new();
    let manifest = r#"{"name": "demo", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}"#;
    let files = [("requirements.txt", Some("iniconfig==2.0.0\n")), ("package.json", Some(manifest))];
    let commit = scene.commit("one", &files).await;
    let limits = Limits { disk_bytes: 512 << 20, memory_bytes: 4 << 30, wall_seconds: 120, processes: 256, ..small() };
    for (setup, check) in [
        (
            "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt",
            ".venv/bin/python -c 'import iniconfig'",
        ),
        ("npm install --no-audit --no-fund", "node -e 'require(\"is-number\")'"),
    ] {
        let run = SandboxRun { setup: vec![setup.to_owned()], limits, ..plan(&commit, &[check]) };
        let outcome = scene.run(run).await;
        assert!(outcome.commands[0].end.is_success(), "{outcome:?}");
    }
}
