//! Reading repositories and building reverts.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use chrono::DateTime;
use devos_contracts::CommitId;
use devos_ports::workspace::{Revert, Reverted};
use devos_ports::{Workspace, WorkspaceError};

use crate::scene::{Scene, git};

async fn revert(scene: &Scene, culprit: &CommitId, onto: &CommitId) -> Reverted {
    let revert = Revert {
        culprit: culprit.clone(),
        onto: onto.clone(),
        message: "Revert it\n\nBecause.".to_owned(),
        at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
    };
    let first = scene.workspace.revert(scene.repository.id, &revert).await.unwrap();
    assert_eq!(scene.workspace.revert(scene.repository.id, &revert).await.unwrap(), first);
    first
}

#[tokio::test]
async fn history_is_first_parent_with_files() {
    let scene = Scene::new();
    let root = scene.commit("root", &[("a b", Some("1")), ("ü.txt", Some("1"))]).await;
    git(&scene.path, &["checkout", "-q", "-b", "side"]);
    scene.commit("side", &[("side.txt", Some("s"))]).await;
    git(&scene.path, &["checkout", "-q", "main"]);
    let main = scene.commit("on main", &[("a b", Some("2"))]).await;
    git(&scene.path, &["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    let merge = scene.workspace.fetch(&scene.repository).await.unwrap();
    let named_like_a_commit = scene.commit("", &[(main.as_str(), Some("x")), ("line\nbreak", Some("x"))]).await;

    let history = scene.workspace.history(scene.repository.id, &named_like_a_commit, 10).await.unwrap();
    let told: Vec<_> =
        history.iter().map(|commit| (&commit.id, commit.subject.as_str(), commit.files.clone())).collect();
    let files = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let mut odd = vec![main.to_string(), "line\nbreak".to_owned()];
    odd.sort();
    assert_eq!(
        told,
        [
            (&named_like_a_commit, "", odd),
            (&merge, "merge side", files(&["side.txt"])),
            (&main, "on main", files(&["a b"])),
            (&root, "root", files(&["a b", "ü.txt"])),
        ]
    );
    assert_eq!(
        (&history[0].author[..], &history[1].parent, &history[3].parent),
        ("Test Author", &Some(main.clone()), &None)
    );
    assert_eq!(scene.workspace.history(scene.repository.id, &merge, 2).await.unwrap().len(), 2);

    assert!(scene.workspace.contains(scene.repository.id, &root, &merge).await.unwrap());
    assert!(!scene.workspace.contains(scene.repository.id, &merge, &root).await.unwrap());
    let unknown = CommitId("1".repeat(40));
    let error = scene.workspace.contains(scene.repository.id, &unknown, &root).await.unwrap_err();
    assert!(matches!(error, WorkspaceError::UnknownCommit(_)));
}

#[tokio::test]
async fn files_are_read_when_they_are_regular() {
    let scene = Scene::new();
    std::os::unix::fs::symlink("/etc/passwd", scene.path.join("link")).unwrap();
    let big = "x".repeat(1 << 20);
    let bigger = "x".repeat((1 << 20) + 1);
    let files = [
        ("dir/a.txt", Some("bytes")),
        ("big", Some(big.as_str())),
        ("bigger", Some(bigger.as_str())),
        ("*", Some("star")),
    ];
    let commit = scene.commit("one", &files).await;
    let read = async |path: &str| scene.workspace.read_file(scene.repository.id, &commit, path).await;
    assert_eq!(read("dir/a.txt").await.unwrap().unwrap(), b"bytes");
    assert_eq!(read("*").await.unwrap().unwrap(), b"star");
    assert_eq!(read("big").await.unwrap().unwrap().len(), 1 << 20);
    read("bigger").await.expect_err("too large");
    for missing in ["link", "dir", "dir/", "nowhere", "", "../a", "/etc/passwd", "dir/../dir/a.txt"] {
        assert_eq!(read(missing).await.unwrap(), None, "{missing}");
    }
}

#[tokio::test]
async fn a_clean_revert_is_a_commit_and_a_diff() {
    let scene = Scene::new();
    scene.commit("base", &[("a.txt", Some("one\n")), ("b.txt", Some("b\n"))]).await;
    let culprit = scene.commit("break", &[("a.txt", Some("two\n")), ("new.txt", Some("n\n"))]).await;
    let head = scene.commit("later", &[("b.txt", Some("c\n"))]).await;
    let Reverted::Clean { commit, diff } = revert(&scene, &culprit, &head).await else { panic!("not clean") };
    assert!(diff.starts_with("diff --git a/a.txt b/a.txt\nindex "), "{diff}");
    assert!(diff.contains("-two\n+one\n") && diff.contains("deleted file mode 100644"), "{diff}");
    let history = scene.workspace.history(scene.repository.id, &commit, 1).await.unwrap();
    assert_eq!(history[0].parent, Some(head.clone()));
    assert_eq!((&history[0].subject[..], &history[0].author[..]), ("Revert it", "DevOS Cloud"));
    assert_eq!(history[0].committed_at.timestamp(), 1_700_000_000);
    assert_eq!(revert(&scene, &culprit, &commit).await, Reverted::Empty);
    assert_eq!(git(&scene.path, &["rev-parse", "HEAD"]), head.to_string());
}

#[tokio::test]
async fn a_revert_in_the_way_of_later_work_names_the_files() {
    let scene = Scene::new();
    scene.commit("base", &[("a.txt", Some("one\n")), ("b.txt", Some("b\n"))]).await;
    let culprit = scene.commit("break", &[("a.txt", Some("two\n")), ("b.txt", Some("c\n"))]).await;
    let head = scene.commit("later", &[("a.txt", Some("three\n"))]).await;
    assert_eq!(revert(&scene, &culprit, &head).await, Reverted::Conflict { files: vec!["a.txt".to_owned()] });
}

#[tokio::test]
async fn a_merge_is_undone_against_its_first_parent_and_a_root_against_nothing() {
    let scene = Scene::new();
    let root = scene.commit("root", &[("a.txt", Some("one\n"))]).await;
    git(&scene.path, &["checkout", "-q", "-b", "side"]);
    scene.commit("side", &[("side.txt", Some("s\n"))]).await;
    git(&scene.path, &["checkout", "-q", "main"]);
    scene.commit("main", &[("main.txt", Some("m\n"))]).await;
    git(&scene.path, &["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    let merge = scene.workspace.fetch(&scene.repository).await.unwrap();
    let Reverted::Clean { diff, .. } = revert(&scene, &merge, &merge).await else { panic!("not clean") };
    assert!(diff.contains("side.txt") && !diff.contains("main.txt"), "{diff}");
    let Reverted::Clean { diff, .. } = revert(&scene, &root, &merge).await else { panic!("not clean") };
    assert!(diff.contains("a/a.txt") && diff.contains("deleted file"), "{diff}");
}

#[tokio::test]
async fn fetch_follows_deletions_and_rewrites_and_says_what_is_wrong() {
    let scene = Scene::new();
    let first = scene.commit("first", &[("a.txt", Some("one\n"))]).await;
    let second = scene.commit("second", &[("a.txt", Some("two\n"))]).await;
    git(&scene.path, &["branch", "topic"]);
    scene.workspace.fetch(&scene.repository).await.unwrap();
    git(&scene.path, &["reset", "-q", "--hard", first.as_str()]);
    git(&scene.path, &["branch", "-D", "-q", "topic"]);
    // A name that could not exist beside the deleted one.
    git(&scene.path, &["branch", "topic/one"]);
    assert_eq!(scene.workspace.fetch(&scene.repository).await.unwrap(), first);
    // What was seen once stays readable.
    assert!(scene.workspace.contains(scene.repository.id, &first, &second).await.unwrap());

    let mut other = scene.repository.clone();
    other.default_branch = "nowhere".to_owned();
    let error = scene.workspace.fetch(&other).await.unwrap_err();
    assert!(error.to_string().contains("the branch nowhere does not exist"), "{error}");
    other.remote = "http://example.org/a".to_owned();
    let error = scene.workspace.fetch(&other).await.unwrap_err();
    assert!(matches!(error, WorkspaceError::RemoteRefused(_)), "{error}");
    let shallow = scene.directory.path().join("shallow");
    git(scene.directory.path(), &["clone", "-q", "--depth=1", &format!("file://{}", scene.path.display()), "shallow"]);
    other.remote = shallow.display().to_string();
    let error = scene.workspace.fetch(&other).await.unwrap_err();
    assert!(error.to_string().contains("unshallow"), "{error}");
}
