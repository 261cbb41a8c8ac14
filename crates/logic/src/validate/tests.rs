use devos_contracts::proposal::Violation;
use devos_contracts::repository::RepositorySettings;
use proptest::prelude::*;

use super::*;

fn parse(diff: &str) -> Vec<FileChange> {
    parse_diff(diff).unwrap()
}

/// A diff that puts lines into one file.
fn adding(path: &str, lines: &[&str]) -> String {
    let added: String = lines.iter().flat_map(|line| ["+", line, "\n"]).collect();
    format!(
        "diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n--- a/{path}\n+++ b/{path}\n@@ -1,0 +1,{} @@\n{added}",
        lines.len()
    )
}

/// A diff that takes lines out of one file, inside a function.
fn removing(path: &str, heading: &str, lines: &[&str]) -> String {
    let removed: String = lines.iter().flat_map(|line| ["-", line, "\n"]).collect();
    format!(
        "diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n--- a/{path}\n+++ b/{path}\n@@ -1,{} +0,0 @@ {heading}\n{removed}",
        lines.len()
    )
}

fn broken(diff: &str) -> Vec<String> {
    judged(diff, ChangeKind::Revert, None)
}

fn judged(diff: &str, kind: ChangeKind, test: Option<&str>) -> Vec<String> {
    rules(&parse(diff), &RepositorySettings::default(), kind, test)
        .into_iter()
        .map(|Violation { rule, .. }| rule)
        .collect()
}

#[test]
fn a_real_diff_is_read_in_every_form() {
    let changes = parse(include_str!("../../tests/corpus/diff/every-form.diff"));
    let seen: Vec<_> =
        changes.iter().map(|change| (change.path.as_str(), change.kind, change.added, change.removed)).collect();
    assert_eq!(
        seen,
        [
            ("bin/tool", ChangeType::Added, 1, 0),
            ("data.bin", ChangeType::Added, 0, 0),
            ("docs/new name.md", ChangeType::Renamed, 1, 1),
            ("empty.txt", ChangeType::Added, 0, 0),
            ("gone.py", ChangeType::Deleted, 0, 2),
            ("link", ChangeType::Added, 1, 0),
            ("moved.txt", ChangeType::Renamed, 0, 0),
            ("run.sh", ChangeType::Modified, 0, 0),
            ("src/cart.py", ChangeType::Modified, 3, 2),
            ("with space.txt", ChangeType::Modified, 1, 1),
            ("ümlaut.txt", ChangeType::Added, 1, 0),
        ]
    );
    let of = |path: &str| changes.iter().find(|change| change.path == path).unwrap();
    assert!(of("bin/tool").mode_changed && of("run.sh").mode_changed && !of("src/cart.py").mode_changed);
    let contents = ["link", "data.bin", "bin/tool", "empty.txt"].map(|path| of(path).content);
    assert_eq!(contents, [Content::Symlink, Content::Binary, Content::Text, Content::Text]);
    assert_eq!(of("moved.txt").old_path.as_deref(), Some("docs/old.txt"));
    assert_eq!(of("src/cart.py").hunks.len(), 2);
    assert_eq!(of("src/cart.py").hunks[1].heading, "def total(lines):");
    // A removed line that begins with dashes is no header.
    assert!(of("src/cart.py").hunks[0].lines.contains(&Line::Removed("-- a/not/a/header".to_owned())));
}

#[test]
fn what_is_no_diff_is_refused() {
    assert_eq!(parse_diff(""), Ok(Vec::new()));
    for (diff, says) in [
        ("hello", "no `diff --git`"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "expected `diff --git`"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1 @@\n-a\n+b\n", "a line that its hunk"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1 @@\n-a\n+b", "cut off"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -a +1 @@\n", "hunk header"),
        ("diff --git a/x b/y\nindex 1..2 100644\n", "told apart"),
        ("diff --git a/x b/x\n--- x\n+++ b/x\n", "no `a/`"),
        (
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\nrest\ndiff --git a/.github/w b/.github/w\n",
            "behind the end",
        ),
    ] {
        let error = parse_diff(diff).unwrap_err();
        assert!(error.detail.contains(says), "{diff:?}: {error}");
    }
}

#[test]
fn an_ordinary_change_breaks_no_rule() {
    assert_eq!(broken(&adding("src/cart.py", &["total = 3", "password = form.password"])), Vec::<String>::new());
    let settings = RepositorySettings::default();
    assert_eq!(rules(&[], &settings, ChangeKind::Revert, None)[0].rule, "empty_change");
}

#[test]
fn protected_places_stay_untouched() {
    for (path, rule) in [
        (".github/workflows/ci.yml", "workflow_change"),
        (".GitHub/workflows/ci.yml", "workflow_change"),
        (".gitlab-ci.yml", "workflow_change"),
        ("Jenkinsfile", "workflow_change"),
        (".devos/self-heal.yml", "protected_path"),
        ("sub/.gitattributes", "git_metadata"),
        (".gitmodules", "git_metadata"),
        ("GIT~1/config", "git_metadata"),
        ("auth/login.py", "protected_path"),
        ("src/Payments/card.py", "protected_path"),
        ("src/security/a/b.py", "protected_path"),
        ("../x", "unsafe_path"),
        ("/etc/passwd", "unsafe_path"),
        ("a/../../b", "unsafe_path"),
        ("a\\b", "unsafe_path"),
        ("C:/x", "unsafe_path"),
        ("a/\u{202e}b", "unsafe_path"),
    ] {
        assert_eq!(broken(&adding(path, &["x"])), [rule], "{path}");
    }
    for path in ["src/author.py", "src/gitignore.py", "authentic/x.py", "ci/x.py"] {
        assert_eq!(broken(&adding(path, &["x"])), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_rename_answers_for_both_paths() {
    let diff = "diff --git a/auth/a.py b/src/a.py\nsimilarity index 100%\nrename from auth/a.py\nrename to src/a.py\n";
    assert_eq!(broken(diff), ["protected_path"]);
}

#[test]
fn settings_protect_and_limit() {
    let mut settings = RepositorySettings {
        protected_paths: vec!["infra".to_owned()],
        max_files: 1,
        max_lines: 2,
        ..RepositorySettings::default()
    };
    let diff = adding("infra/a/b.tf", &["1", "2", "3"]) + &adding("src/a.py", &["x"]);
    let rule = |settings: &RepositorySettings| {
        rules(&parse(&diff), settings, ChangeKind::Revert, None)
            .into_iter()
            .map(|violation| violation.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(rule(&settings), ["too_many_files", "too_many_lines", "protected_path"]);
    settings.protected_paths = vec!["a[".to_owned()];
    assert!(rule(&settings).contains(&"unreadable_protection".to_owned()));
}

#[test]
fn forms_that_no_one_can_review_are_refused() {
    let diff = include_str!("../../tests/corpus/diff/every-form.diff");
    let rules = broken(diff);
    for rule in ["symlink", "mode_change", "binary_change"] {
        assert!(rules.contains(&rule.to_owned()), "{rule} in {rules:?}");
    }
    let submodule = "diff --git a/lib b/lib\nindex 1111111..2222222 160000\n--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n";
    assert_eq!(broken(submodule), ["submodule"]);
}

#[test]
fn new_lines_hold_no_secrets() {
    let token = format!("token = '{}{}'", "ghp_", "0123456789abcdefghijABCDEFGHIJ012345");
    for line in [token.as_str(), "password = 'correct4horse5battery'", "db = 'postgres://app:s3cret@db/shop'"] {
        let found =
            rules(&parse(&adding("src/a.py", &[line])), &RepositorySettings::default(), ChangeKind::Revert, None);
        assert_eq!(found[0].rule, "secret", "{line}");
        assert!(!found[0].explanation.contains("s3cret") && !found[0].explanation.contains("horse"));
    }
    assert_eq!(broken(&removing("src/a.py", "", &["password = 'correct4horse5battery'"])), Vec::<String>::new());
    assert_eq!(
        broken(&adding("src/a.py", &["password: str", "token = read_token()", "password = 'password'"])),
        Vec::<String>::new()
    );
}

const TEST: &str = "tests/test_cart.py";
const LOST: [&str; 3] = ["def test_rounding():", "    assert total([]) == 0", "    assert total([1]) == 1"];

#[test]
fn a_revert_may_take_tests_along_with_their_code() {
    let diff = removing("shop/cart.py", "", &["def rounding(): pass"]) + &removing(TEST, "", &LOST);
    assert_eq!(judged(&diff, ChangeKind::Revert, Some("tests.test_cart::test_total")), Vec::<String>::new());
    assert_eq!(judged(&diff, ChangeKind::Edit, None), ["test_weakened"]);
}

#[test]
fn a_revert_of_tests_alone_only_silences() {
    assert_eq!(broken(&removing(TEST, "", &LOST)), ["test_weakened"]);
}

#[test]
fn the_failing_test_is_untouchable() {
    let code = removing("shop/cart.py", "", &["x"]);
    let taken = code.clone() + &removing(TEST, "", &LOST);
    assert_eq!(
        judged(&taken, ChangeKind::Revert, Some("tests.test_cart.CartTest::test_rounding[3]")),
        ["test_weakened"]
    );
    let assertion = code.clone() + &removing(TEST, "def test_rounding():", &LOST[1..2]);
    assert_eq!(judged(&assertion, ChangeKind::Revert, Some("test_rounding")), ["test_weakened"]);
    assert_eq!(judged(&assertion, ChangeKind::Revert, Some("test_other")), Vec::<String>::new());
    let title =
        code + &removing("src/cart.test.ts", "", &["  it('rounds 1.5 up', () => {", "    expect(total()).toBe(2);"]);
    assert_eq!(judged(&title, ChangeKind::Revert, Some("Cart::rounds 1.5 up")), ["test_weakened"]);
}

#[test]
fn nothing_may_be_skipped() {
    for (path, line) in [
        (TEST, "@unittest.skip('later')"),
        (TEST, "@pytest.mark.xfail"),
        ("src/cart.rs", "#[ignore]"),
        ("cart_test.go", "\tt.Skip(\"later\")"),
        ("src/a.test.ts", "it.skip('x', () => {})"),
        ("src/test/java/CartTest.java", "@Disabled"),
    ] {
        assert_eq!(broken(&(adding(path, &[line]) + &adding("src/b.py", &["x"]))), ["test_weakened"], "{path}");
    }
}

#[test]
fn moved_assertions_are_no_loss() {
    let diff = format!(
        "diff --git a/{TEST} b/{TEST}\nindex 1..2 100644\n--- a/{TEST}\n+++ b/{TEST}\n@@ -1 +1,2 @@\n-    assert a == 1\n+    assert a == 2\n+    assert b == 2\n"
    );
    assert_eq!(judged(&diff, ChangeKind::Edit, None), Vec::<String>::new());
}

#[test]
fn tests_are_known_by_their_place_and_name() {
    for path in [
        "tests/a.py",
        "src/test/java/A.java",
        "a_test.go",
        "src/a.test.tsx",
        "src/__tests__/a.js",
        "CartTest.java",
        "src/cart/tests.rs",
        "test_a.py",
    ] {
        assert!(is_test(path), "{path}");
    }
    for path in ["src/contest.py", "src/latest.go", "src/a.rs", "attest/a.py", "testing.md"] {
        assert!(!is_test(path), "{path}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*") {
        let _ = parse_diff(&text);
        let _ = parse_diff(&format!("diff --git a/x b/x\n{text}"));
    }

    #[test]
    fn damaged_diffs_never_panic(cut in 0_usize..2000, drop in 0_usize..60) {
        let whole = include_str!("../../tests/corpus/diff/every-form.diff");
        let end = (0..=cut.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap();
        let _ = parse_diff(&whole[..end]);
        let without: String = whole.split_inclusive('\n').enumerate().filter(|(at, _)| *at != drop).map(|(_, line)| line).collect();
        if let Ok(changes) = parse_diff(&without) {
            let _ = rules(&changes, &RepositorySettings::default(), ChangeKind::Edit, Some("x"));
        }
    }
}
