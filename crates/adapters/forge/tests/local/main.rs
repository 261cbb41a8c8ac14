//! The plain-git forge against real repositories: bare, checked out, hostile, and behind an ssh command.

mod scene;

use devos_contracts::CommitId;
use devos_contracts::proposal::WorkingTree;
use devos_ports::{Forge, ForgeError};
use scene::{Scene, git, git_output, write};

#[tokio::test]
async fn check_answers_the_default_branch_or_says_why_not() {
    let scene = Scene::checked_out().await;
    assert_eq!(scene.forge.check(scene.remote()).await.unwrap(), "trunk");

    let empty = scene.directory.path().join("empty");
    git(scene.directory.path(), &["init", "-q", "empty"]);
    let error = scene.forge.check(empty.to_str().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("no commits yet"), "{error}");

    let error = scene.forge.check("/nowhere/at/all").await.unwrap_err();
    assert!(matches!(&error, ForgeError::Unreachable(_)), "{error}");
    let plain = scene.directory.path().join("plain");
    std::fs::create_dir(&plain).unwrap();
    let error = scene.forge.check(plain.to_str().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("not a git repository"), "{error}");
    let error = scene.forge.check("https://me:hunter2@example.org/a").await.unwrap_err();
    assert!(matches!(&error, ForgeError::RemoteRefused { .. }) && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn push_acts_once_and_never_replaces_a_commit() {
    let scene = Scene::bare().await;
    let change = scene.change("selfheal/1", "fixed").await;
    assert_eq!(scene.remote_head("selfheal/1").as_ref(), Some(&change));
    scene.forge.push(&scene.repository, "selfheal/1", &change).await.unwrap();

    let other = scene.commit_on_trunk("other", "x").await;
    let error = scene.forge.push(&scene.repository, "selfheal/1", &other).await.unwrap_err();
    assert!(matches!(&error, ForgeError::Diverged(_)), "{error}");
    assert_eq!(scene.remote_head("selfheal/1"), Some(change));

    scene.forge.delete_branch(&scene.repository, "selfheal/1").await.unwrap();
    scene.forge.delete_branch(&scene.repository, "selfheal/1").await.unwrap();
    assert_eq!(scene.remote_head("selfheal/1"), None);
    for name in ["-d", "a..b", "a b", "x.lock"] {
        scene.forge.push(&scene.repository, name, &other).await.expect_err(name);
    }
}

#[tokio::test]
async fn merge_makes_one_real_merge_however_often_it_is_asked() {
    let scene = Scene::bare().await;
    let base = scene.remote_head("trunk").unwrap();
    let change = scene.change("selfheal/1", "fixed").await;
    let merge = scene.merge("selfheal/1", &change);
    let first = scene.forge.merge(&scene.repository, &merge).await.unwrap();
    assert_eq!(first.working_tree, WorkingTree::None);
    assert_eq!(scene.remote_head("trunk").as_ref(), Some(&first.commit));
    let shown = git_output(&scene.path, &["log", "-1", "--format=%P|%an <%ae>|%ct|%B", "trunk"]);
    assert_eq!(
        shown.trim_end(),
        format!("{base} {change}|DevOS Cloud <devos@localhost>|1700000000|Merge the repair\n\nProven.")
    );

    scene.commit_on_trunk("later", "y").await;
    scene.forge.delete_branch(&scene.repository, "selfheal/1").await.unwrap();
    let again = scene.forge.merge(&scene.repository, &merge).await.unwrap();
    assert_eq!(again.commit, first.commit);
    scene.forge.forget(scene.repository.id).await.unwrap();
    assert_eq!(scene.forge.merge(&scene.repository, &merge).await.unwrap().commit, first.commit);
}

#[tokio::test]
async fn a_fast_forward_by_a_person_counts_as_merged() {
    let scene = Scene::bare().await;
    let change = scene.change("selfheal/1", "fixed").await;
    git(&scene.path, &["update-ref", "refs/heads/trunk", change.as_str()]);
    scene.commit_on_trunk("later", "y").await;
    let merged = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    assert_eq!(merged.commit, change);
}

#[tokio::test]
async fn merge_refuses_a_branch_that_moved_and_a_conflict() {
    let scene = Scene::bare().await;
    let change = scene.change("selfheal/1", "fixed").await;
    let other = scene.change("selfheal/2", "different").await;
    let error = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &other)).await.unwrap_err();
    assert!(matches!(&error, ForgeError::Diverged(_)), "{error}");
    scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    let before = scene.remote_head("trunk");
    let error = scene.forge.merge(&scene.repository, &scene.merge("selfheal/2", &other)).await.unwrap_err();
    assert!(matches!(&error, ForgeError::Conflict(files) if files == "app.txt"), "{error}");
    assert_eq!(scene.remote_head("trunk"), before);
}

#[tokio::test]
async fn a_clean_checkout_is_updated_in_place() {
    let scene = Scene::checked_out().await;
    let change = scene.change("selfheal/1", "fixed").await;
    write(&scene.path.join("untracked.txt"), "mine");
    let merged = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    assert_eq!(merged.working_tree, WorkingTree::Updated);
    assert_eq!(std::fs::read_to_string(scene.path.join("app.txt")).unwrap(), "fixed");
    assert_eq!(git_output(&scene.path, &["status", "--porcelain"]), "?? untracked.txt\n");
    assert_eq!(scene.remote_head("trunk"), Some(merged.commit));
}

#[tokio::test]
async fn an_interrupted_update_is_completed() {
    let scene = Scene::checked_out().await;
    let base = scene.remote_head("trunk").unwrap();
    let change = scene.change("selfheal/1", "fixed").await;
    let merge = scene.merge("selfheal/1", &change);
    let merged = scene.forge.merge(&scene.repository, &merge).await.unwrap();
    git(&scene.path, &["update-ref", "refs/heads/trunk", base.as_str()]);
    assert_eq!(scene.forge.merge(&scene.repository, &merge).await.unwrap(), merged);
    assert_eq!(git_output(&scene.path, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_dirty_checkout_is_left_alone_and_the_reason_named() {
    let scene = Scene::checked_out().await;
    let change = scene.change("selfheal/1", "fixed").await;
    let merge = scene.merge("selfheal/1", &change);
    let before = scene.remote_head("trunk");
    write(&scene.path.join("other.txt"), "work in progress");
    let error = scene.forge.merge(&scene.repository, &merge).await.unwrap_err();
    assert!(matches!(&error, ForgeError::Denied(reason) if reason.contains("other.txt")), "{error}");
    assert!(error.to_string().contains("commit or stash"), "{error}");
    assert_eq!(scene.remote_head("trunk"), before);
    assert_eq!(std::fs::read_to_string(scene.path.join("other.txt")).unwrap(), "work in progress");
    git(&scene.path, &["stash", "-q"]);
    let merged = scene.forge.merge(&scene.repository, &merge).await.unwrap();
    write(&scene.path.join("other.txt"), "again");
    let again = scene.forge.merge(&scene.repository, &merge).await.unwrap();
    assert_eq!(again.commit, merged.commit);
    assert!(matches!(again.working_tree, WorkingTree::Untouched { reason } if reason.contains("other.txt")));
}

#[tokio::test]
async fn an_untracked_file_in_the_way_is_never_overwritten() {
    let scene = Scene::checked_out().await;
    let change = scene.change_file("selfheal/1", "new.txt", "theirs").await;
    let before = scene.remote_head("trunk");
    write(&scene.path.join("new.txt"), "mine");
    let error = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap_err();
    assert!(matches!(&error, ForgeError::Denied(reason) if reason.contains("new.txt")), "{error}");
    assert_eq!(std::fs::read_to_string(scene.path.join("new.txt")).unwrap(), "mine");
    assert_eq!(scene.remote_head("trunk"), before);
}

#[tokio::test]
async fn another_checked_out_branch_is_not_touched() {
    let scene = Scene::checked_out().await;
    let change = scene.change("selfheal/1", "fixed").await;
    git(&scene.path, &["checkout", "-q", "-b", "feature"]);
    write(&scene.path.join("app.txt"), "half done");
    let merged = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    assert_eq!(merged.working_tree, WorkingTree::None);
    assert_eq!(scene.remote_head("trunk"), Some(merged.commit));
    assert_eq!(std::fs::read_to_string(scene.path.join("app.txt")).unwrap(), "half done");
}

#[tokio::test]
async fn a_linked_working_tree_is_updated_too() {
    let scene = Scene::checked_out().await;
    let change = scene.change("selfheal/1", "fixed").await;
    git(&scene.path, &["checkout", "-q", "-b", "feature"]);
    git(&scene.path, &["worktree", "add", "-q", "../linked", "trunk"]);
    let merged = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    assert_eq!(merged.working_tree, WorkingTree::Updated);
    let linked = scene.directory.path().join("linked");
    assert_eq!(std::fs::read_to_string(linked.join("app.txt")).unwrap(), "fixed");
    assert_eq!(git_output(&linked, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn nothing_a_hostile_repository_configures_is_run() {
    let scene = Scene::checked_out().await;
    let (path, trap) = (&scene.path, scene.directory.path().join("trapped"));
    let script = scene.directory.path().join("trap.sh");
    write(&script, &format!("#!/bin/sh\necho \"$0 $@\" >> {}\ncat\n", trap.display()));
    scene::make_executable(&script);
    let script = script.to_str().unwrap();
    for (key, value) in [
        ("core.fsmonitor", script),
        ("core.hooksPath", ".git/evil"),
        ("core.alternateRefsCommand", script),
        ("core.sshCommand", script),
        ("core.editor", script),
        ("filter.evil.clean", script),
        ("filter.evil.smudge", script),
        ("filter.a=b.smudge", script),
        ("filter.a=b.clean", script),
        ("diff.evil.command", script),
        ("diff.evil.textconv", script),
        ("merge.evil.driver", script),
        ("uploadpack.packObjectsHook", script),
        ("gpg.program", script),
        ("commit.gpgSign", "true"),
    ] {
        git(path, &["config", key, value]);
    }
    let hooks = ["evil", "hooks"].map(|name| path.join(".git").join(name));
    for name in ["pre-receive", "update", "post-receive", "reference-transaction", "post-checkout", "post-merge"] {
        for hooks in &hooks {
            std::fs::create_dir_all(hooks).unwrap();
            std::fs::copy(script, hooks.join(name)).unwrap();
        }
    }
    for hooks in &hooks {
        std::fs::copy(script, hooks.join("post-index-change")).unwrap();
        std::fs::copy(script, hooks.join("push-to-checkout")).unwrap();
    }
    write(&path.join(".git/info/attributes"), "*.txt filter=evil diff=evil merge=evil\nother.txt filter=a=b\n");

    // The trap works: plain git in the same place falls into it.
    scene::git_unchecked(path, &["status"]);
    assert!(trap.exists(), "the trap never springs, so this test proves nothing");
    std::fs::remove_file(&trap).unwrap();

    let change = scene.change("selfheal/1", "fixed").await;
    let merged = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    assert_eq!(merged.working_tree, WorkingTree::Updated);
    scene.forge.check(scene.remote()).await.unwrap();
    scene.forge.delete_branch(&scene.repository, "selfheal/1").await.unwrap();
    let sprung = std::fs::read_to_string(&trap).unwrap_or_default();
    assert_eq!(sprung, "", "the repository ran something");
    assert_eq!(std::fs::read_to_string(path.join("app.txt")).unwrap(), "fixed");
}

#[tokio::test]
async fn somebody_elses_checkout_keeps_its_owner() {
    if !nix::unistd::geteuid().is_root() {
        println!("not root: acting as another owner can not be shown here");
        return;
    }
    let scene = Scene::checked_out().await;
    scene.give_to_nobody();
    let change = scene.change("selfheal/1", "fixed").await;
    let merged = scene.forge.merge(&scene.repository, &scene.merge("selfheal/1", &change)).await.unwrap();
    assert_eq!(merged.working_tree, WorkingTree::Updated);
    assert_eq!(scene.owned_by_root(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn a_remote_over_ssh_is_pushed_to_with_a_lease() {
    let scene = Scene::over_ssh().await;
    assert_eq!(scene.forge.check(scene.remote()).await.unwrap(), "trunk");
    let change = scene.change("selfheal/1", "fixed").await;
    let merge = scene.merge("selfheal/1", &change);
    let merged = scene.forge.merge(&scene.repository, &merge).await.unwrap();
    assert_eq!(scene.remote_head("trunk").as_ref(), Some(&merged.commit));
    assert_eq!(scene.forge.merge(&scene.repository, &merge).await.unwrap(), merged);

    // A server that says no is heard.
    let hook = scene.path.join("hooks/pre-receive");
    write(&hook, "#!/bin/sh\necho protected >&2\nexit 1\n");
    scene::make_executable(&hook);
    let error = scene.forge.delete_branch(&scene.repository, "selfheal/1").await.unwrap_err();
    assert!(matches!(&error, ForgeError::Denied(reason) if reason.contains("pre-receive")), "{error}");
    std::fs::remove_file(hook).unwrap();
    scene.forge.delete_branch(&scene.repository, "selfheal/1").await.unwrap();
    assert_eq!(scene.remote_head("selfheal/1"), None);
    let unknown = CommitId("a".repeat(40));
    scene.forge.push(&scene.repository, "selfheal/3", &unknown).await.expect_err("no such commit");
}
