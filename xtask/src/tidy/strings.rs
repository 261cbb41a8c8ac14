//! Text that must not be in the repository: paths of one machine, hosts of package registries.

use super::Offence;
use crate::tree::Source;

/// A forbidden text in two parts, so that this file does not hold it.
type Parts = [&'static str; 2];

const PATHS: [Parts; 4] = [["/ro", "ot/."], ["/wo", "rk/main"], ["/wo", "rk/shared"], ["/tmp/ba", "sh_jobs"]];

const HOSTS: [Parts; 8] = [
    ["registry.npm", "js.org"],
    ["registry.yarn", "pkg.com"],
    ["crates", ".io/"],
    ["index.crates", ".io"],
    ["pypi", ".org"],
    ["files.python", "hosted.org"],
    ["proxy.go", "lang.org"],
    ["artifact", "ory/api"],
];

/// One of them, for the test that every room of rules is asked.
#[cfg(test)]
pub const SAMPLE: Parts = HOSTS[0];

/// Checks every line of every text file.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let paths = PATHS.map(|parts| parts.concat());
    let hosts = HOSTS.map(|parts| parts.concat());
    let mut offences = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            for path in paths.iter().filter(|path| names_path(line, path)) {
                offences.push(Offence::at(&source.path, index + 1, format!("`{path}` is a path of one machine")));
            }
            for host in hosts.iter().filter(|host| line.contains(host.as_str())) {
                offences.push(Offence::at(&source.path, index + 1, format!("`{host}` is a package registry's host")));
            }
        }
    }
    offences
}

/// Whether a line names an absolute path, rather than a longer one that ends so.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(index, _)| {
        let before = line[..index].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() && !"_-./}".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(text: &str) -> usize {
        check(&[Source { path: "docs/a.md".to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn each_forbidden_text_is_told() {
        for parts in PATHS {
            assert_eq!(offences(&format!("see `{}x`", parts.concat())), 1, "{parts:?}");
            assert_eq!(offences(&format!("{{home}}{}x", parts.concat())), 0, "{parts:?}");
        }
        for parts in HOSTS {
            assert!(offences(&format!("https://{}x", parts.concat())) >= 1, "{parts:?}");
        }
    }
}
