use std::path::PathBuf;

use super::{Location, RemotePolicy};

const UP: RemotePolicy = RemotePolicy { paths: true };
const SERVED: RemotePolicy = RemotePolicy { paths: false };

fn reason(policy: RemotePolicy, remote: &str) -> String {
    policy.locate(remote).expect_err(remote).to_string()
}

#[test]
fn network_remotes_are_allowed_everywhere() {
    for remote in
        ["https://example.org/a/b.git", "ssh://git@example.org:2222/a.git", "git@example.org:a/b.git", "host:a"]
    {
        assert_eq!(SERVED.locate(remote).unwrap(), Location::Url(remote.to_owned()), "{remote}");
        assert_eq!(UP.locate(remote).unwrap(), Location::Url(remote.to_owned()), "{remote}");
    }
}

#[test]
fn paths_are_allowed_under_up_only() {
    assert_eq!(UP.locate("/srv/a b").unwrap(), Location::Path(PathBuf::from("/srv/a b")));
    assert_eq!(UP.locate("file:///srv/a%20b").unwrap(), Location::Path(PathBuf::from("/srv/a b")));
    for remote in ["/srv/a", "file:///srv/a"] {
        assert!(reason(SERVED, remote).contains("devos up"), "{remote}");
    }
    assert!(reason(UP, "srv/a").contains("whole path"));
    assert!(reason(UP, "./a:b").contains("whole path"));
}

#[test]
fn what_could_run_a_command_is_refused() {
    for remote in
        ["ext::sh -c id", "fd::17", "-uevil", "ssh://-oProxyCommand=id/x", "-oProxyCommand=id:x", "a@-o:x", "host:-x"]
    {
        UP.locate(remote).expect_err(remote);
    }
    for remote in ["http://example.org/a", "git://example.org/a", "ftp://example.org/a", "", "a\nb"] {
        UP.locate(remote).expect_err(remote);
    }
}

#[test]
fn credentials_are_refused_and_never_repeated() {
    for remote in
        ["https://me:hunter2@example.org/a", "https://hunter2@example.org/a", "ssh://me:hunter2@example.org/a"]
    {
        let reason = reason(UP, remote);
        assert!(!reason.contains("hunter2"), "{reason}");
        assert!(reason.contains("example.org/a"), "{reason}");
    }
    assert!(!reason(UP, "https://example.org/a?token=hunter2").contains("hunter2"));
}
