//! What git says inside about the repository under test.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::DateTime;
use devos_contracts::CommitId;
use devos_ports::Workspace;
use devos_ports::workspace::{Revert, Reverted, SandboxRun};

use crate::scene::{Scene, can_sandbox, git, git_with, plan};

/// What a script prints on a commit; it must succeed.
async fn say(scene: &Scene, commit: &CommitId, script: &str) -> String {
    let command = scene.run(plan(commit, &[&format!("set -e\n{script}")])).await.commands.remove(0);
    assert!(command.end.is_success(), "{script}: {:?}\n{}", command.end, command.output);
    command.output
}

fn packed(scene: &Scene) -> usize {
    std::fs::read_dir(scene.directory.path().join("state/histories")).unwrap().count()
}

#[tokio::test]
async fn gates_that_ask_git_get_the_truth() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    std::os::unix::fs::symlink("a/tool.sh", scene.path.join("link")).unwrap();
    scene.commit("one", &[("a/tool.sh", Some("#!/bin/sh\n")), (".gitignore", Some("built\n"))]).await;
    git(&scene.path, &["update-index", "--chmod=+x", "a/tool.sh"]);
    git(&scene.path, &["tag", "-a", "-m", "first", "v1.0.0"]);
    git(&scene.path, &["checkout", "-q", "-b", "later"]);
    scene.commit("later", &[("later", Some("l"))]).await;
    let later = CommitId(git(&scene.path, &["rev-parse", "HEAD"]));
    git(&scene.path, &["tag", "later-tag"]);
    git(&scene.path, &["checkout", "-q", "main"]);
    let two = scene.commit("two", &[("ü b.txt", Some("two\r\n")), (".gitattributes", Some("*.txt text\n"))]).await;
    git(&scene.path, &["tag", "light"]);
    let three = scene.commit("three", &[("a/x.py", Some("x = 1\n"))]).await;

    let clean = "test -z \"$(git status --porcelain)\"; git diff --exit-code HEAD; test -z \"$(git ls-files -o)\"";
    assert_eq!(say(&scene, &three, "git log -1 --format=%H").await, format!("{three}\n"));
    let short = &three.as_str()[..7];
    assert_eq!(say(&scene, &three, "git describe --tags").await, format!("light-1-g{short}\n"));
    assert_eq!(say(&scene, &three, "git describe").await, format!("v1.0.0-2-g{short}\n"));
    assert_eq!(say(&scene, &three, clean).await, "");
    assert_eq!(say(&scene, &three, "git fsck --full --strict 2>&1").await, "");
    assert_eq!(
        say(&scene, &three, "git log --format=%s; git show HEAD~1:a/tool.sh").await,
        "three\ntwo\none\n#!/bin/sh\n"
    );
    assert_eq!(say(&scene, &three, "git diff --stat HEAD~1 | tail -1").await, " 1 file changed, 1 insertion(+)\n");
    assert_eq!(
        say(&scene, &three, "touch built; git status --porcelain; echo x >> a/x.py; git status -s").await,
        " M a/x.py\n"
    );

    // An older commit knows neither what came after it nor what it never reached, and needs no pack of its own.
    assert_eq!(packed(&scene), 1);
    assert_eq!(say(&scene, &two, "git describe --tags; git tag").await, "light\nlight\nv1.0.0\n");
    assert_eq!(say(&scene, &two, clean).await, "");
    assert_eq!(packed(&scene), 1);
    assert_eq!(say(&scene, &later, "git describe --tags").await, "later-tag\n");

    // A new tag is seen, a moved one too, and a deleted one no more.
    git(&scene.path, &["tag", "-a", "-m", "second", "v2.0.0"]);
    git(&scene.path, &["tag", "-f", "light", "HEAD"]);
    git(&scene.path, &["tag", "-d", "v1.0.0"]);
    scene.workspace.fetch(&scene.repository).await.unwrap();
    let told = say(&scene, &three, "git describe; git describe --tags HEAD~1 2>/dev/null || git tag").await;
    assert_eq!(told, "v2.0.0\nlight\nv2.0.0\n");

    // A revert is on no branch.
    let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let revert = Revert { culprit: two, onto: three.clone(), message: "Revert".to_owned(), at };
    let reverted = scene.workspace.revert(scene.repository.id, &revert).await.unwrap();
    let Reverted::Clean { commit, .. } = reverted else { panic!("{reverted:?}") };
    let expected = format!("{commit} {three}\nlight-1-g{}\n", &commit.as_str()[..7]);
    assert_eq!(
        say(&scene, &commit, &format!("{clean}; git log -1 --format='%H %P'; git describe --tags --exclude 'v*'"))
            .await,
        expected
    );
}

#[tokio::test]
async fn nothing_of_the_host_is_in_it() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    scene.commit("one", &[("a", Some("a"))]).await;
    git(&scene.path, &["remote", "add", "origin", "https://secret@example.org/a.git"]);
    git(&scene.path, &["config", "user.email", "somebody@example.org"]);
    git(&scene.path, &["config", "core.hooksPath", "/somewhere"]);
    std::fs::create_dir_all(scene.path.join(".git/hooks")).unwrap();
    std::fs::write(scene.path.join(".git/hooks/post-checkout"), "#!/bin/sh\n").unwrap();
    git(&scene.path, &["checkout", "-q", "-b", "unmerged"]);
    scene.commit("secret", &[("secret", Some("s"))]).await;
    let unmerged = git(&scene.path, &["rev-parse", "HEAD"]);
    git(&scene.path, &["checkout", "-q", "main"]);
    let commit = scene.commit("two", &[("a", Some("b"))]).await;

    assert_eq!(say(&scene, &commit, "git remote -v; git for-each-ref; git stash list").await, "");
    assert_eq!(say(&scene, &commit, "git branch --show-current; git rev-parse --abbrev-ref HEAD").await, "HEAD\n");
    let settings = say(&scene, &commit, "git config --list --show-scope --name-only").await;
    assert!(
        settings.lines().count() > 2 && settings.lines().all(|line| line.starts_with("local\tcore.")),
        "{settings}"
    );
    let settings = say(&scene, &commit, "git config --list").await;
    assert!(!settings.to_lowercase().contains("hookspath") && !settings.contains("worktree"), "{settings}");
    let outside = scene.directory.path().display().to_string();
    // `set -e` does not mind what `!` turns round.
    let look = format!(
        "refute() {{ if \"$@\"; then echo \"$*\"; exit 1; fi; }}
         refute test -e .git/hooks; refute test -e .git/logs; refute grep -rqF {outside} .git
         refute grep -rqF example.org .git; refute git cat-file -e {unmerged} 2>/dev/null
         find .git -type l; find .git ! -user \"$(id -u)\"
         if test -e .git/objects/info/alternates; then
           test \"$(cat .git/objects/info/alternates)\" = /run/devos/source/.git/objects
         fi
         git rev-list --all --count HEAD"
    );
    assert_eq!(say(&scene, &commit, &look).await, "2\n");
}

#[tokio::test]
async fn what_a_run_does_to_it_no_other_run_sees() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let commit = scene.commit("one", &[("a", Some("a")), ("requirements.txt", Some("r"))]).await;
    let me = "git config user.name me; git config user.email me@localhost";
    let damage = format!(
        "{me}; echo b > a; git commit -qam mine; git tag mine; git gc -q; git status --porcelain
        mkdir -p .git/hooks; echo 'touch /tmp/ran' > .git/hooks/post-index-change; chmod +x .git/hooks/*"
    );
    assert_eq!(say(&scene, &commit, &damage).await, "");
    assert_eq!(say(&scene, &commit, "rm -rf .git; mkdir .git; echo junk > .git/HEAD").await, "");
    let setup = format!("{damage}; touch later; git checkout -q -b setup; echo kept > kept");
    let run = SandboxRun { setup: vec![setup], ..plan(&commit, &["git rev-parse HEAD; git tag; ls .git; cat kept a"]) };
    let outcome = scene.run(run).await.commands.remove(0);
    assert!(outcome.end.is_success(), "{}", outcome.output);
    let listing = "HEAD\nconfig\nindex\ninfo\nobjects\npacked-refs\nrefs\n";
    assert_eq!(outcome.output, format!("{commit}\n{listing}kept\na"));
    assert_eq!(say(&scene, &commit, "git status --porcelain; git log --format=%H").await, format!("{commit}\n"));
}

#[tokio::test]
async fn a_very_long_history_is_shallow() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let mut stream = String::new();
    for n in 0..10_010 {
        let time = 1_600_000_000 + n;
        write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b> {time} +0000\ndata 1\nc\nM 100644 inline n\ndata <<E\n{n}\nE\n\n"
        )
        .unwrap();
        if n == 5 || n == 10_000 {
            write!(stream, "tag t{n}\nfrom refs/heads/main\ntagger A <a@b> {time} +0000\ndata 1\nt\n").unwrap();
        }
    }
    git_with(&scene.path, &["fast-import", "--quiet"], &stream);
    let commit = scene.workspace.fetch(&scene.repository).await.unwrap();
    let script = "git rev-parse --is-shallow-repository; git rev-list --count HEAD; git tag; git status --porcelain
        git fsck --connectivity-only 2>&1; git show $(git rev-list HEAD | tail -1):n";
    assert_eq!(say(&scene, &commit, script).await, "true\n10000\nt10000\n10\n");
    assert_eq!(say(&scene, &commit, "git describe").await.split('-').take(2).collect::<Vec<_>>(), ["t10000", "9"]);

    // In the older half a commit gets a pack of its own; in the newer one it does not.
    let newer = CommitId(git(&scene.path, &["rev-parse", "main~100"]));
    assert_eq!(say(&scene, &newer, "git rev-list --count HEAD").await, "9900\n");
    assert_eq!(packed(&scene), 1);
    let older = CommitId(git(&scene.path, &["rev-parse", "main~9000"]));
    assert_eq!(
        say(&scene, &older, "git rev-list --count HEAD; git rev-parse --is-shallow-repository").await,
        "1010\nfalse\n"
    );
    assert_eq!(packed(&scene), 2);
}

#[tokio::test]
async fn it_costs_little() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let mut stream = String::new();
    for n in 0..1000 {
        let (time, file) = (1_600_000_000 + n, n % 97);
        write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b> {time} +0000\ndata 1\nc\nM 100644 inline src/{file}/f{n}.py\n\
             data <<E\nvalue = {n}\nE\n\n"
        )
        .unwrap();
    }
    git_with(&scene.path, &["fast-import", "--quiet"], &stream);
    let head = scene.workspace.fetch(&scene.repository).await.unwrap();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let older = CommitId(git(&scene.path, &["rev-parse", "main~1"]));
    for (what, commit) in
        [("first", &head), ("same", &head), ("same", &head), ("another commit", &older), ("same", &older)]
    {
        let begun = Instant::now();
        scene.run(plan(commit, &["git status --porcelain >&2"])).await;
        times.push((what, begun.elapsed()));
    }
    println!("1000 commits, 1000 files, unoptimised helper: {times:?}");
    let again = times.iter().filter(|(what, _)| *what == "same").map(|(_, time)| *time).min();
    assert!(again < Some(Duration::from_secs(2)), "{times:?}");
}
