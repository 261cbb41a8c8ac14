//! Where a finding is.

use devos_contracts::ci::LintFinding;

use super::log::{Artifact, ArtifactLocation, Outcome, PhysicalLocation, Run, whole};
use crate::text::{cut, head, name};

/// How many base addresses may build on one another.
const BASES: usize = 8;
/// Bytes of an address that are looked at; a base is shared by many.
const ADDRESS: usize = 4096;

/// What a run says about places.
pub(super) struct Places<'a> {
    run: &'a Run,
    artifacts: &'a [Artifact],
    /// Where the checkout lay on the machine that made the log, with a slash at the end.
    roots: Vec<String>,
}

impl<'a> Places<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let artifacts = run.artifacts.as_ref().map_or(&[][..], |list| &list.items);
        let bases = run.original_uri_base_ids.iter().flatten();
        let absolute: Vec<(&str, String)> = bases
            .filter_map(|(id, base)| Some((id.as_str(), absolute(base.as_ref()?.uri.as_deref()?)?)))
            .take(BASES)
            .collect();
        let one = absolute.len() == 1;
        let is_root = |id: &str| one || id.to_ascii_uppercase().contains("ROOT");
        let roots = absolute.into_iter().filter(|(id, _)| is_root(id)).map(|(_, path)| closed(path)).collect();
        Self { run, artifacts, roots }
    }

    /// Fills in the place of a result: its first location, the standard's best one.
    pub(super) fn locate(&self, result: &Outcome, finding: &mut LintFinding, text_bytes: usize) {
        let first = result.locations.as_ref().and_then(|list| list.items.first());
        let Some(place) = first.and_then(|location| location.physical_location.as_ref()) else {
            return;
        };
        finding.file = place.artifact_location.as_ref().and_then(|location| self.file(location));
        if let Some(region) = &place.region {
            let number = |number| whole::<u32>(number).filter(|number| *number > 0);
            finding.line = number(region.start_line.as_ref());
            finding.column = number(region.start_column.as_ref());
            finding.end_line = number(region.end_line.as_ref()).or(finding.line);
            finding.end_column = number(region.end_column.as_ref());
        }
        finding.snippet = snippet(place).map(|text| cut(text, text_bytes));
    }

    fn file(&self, location: &ArtifactLocation) -> Option<String> {
        let location = match &location.uri {
            Some(_) => location,
            None => self.artifacts.get(whole::<usize>(location.index.as_ref())?)?.location.as_ref()?,
        };
        let path = self.resolve(location, BASES)?;
        let path = self.roots.iter().find_map(|root| path.strip_prefix(root.as_str())).unwrap_or(&path);
        Some(name(&tidy(path))).filter(|path| !path.is_empty())
    }

    /// The path of an address on its bases; relative where the base is unknown or the checkout itself.
    fn resolve(&self, location: &ArtifactLocation, steps: usize) -> Option<String> {
        let uri = head(location.uri.as_deref().unwrap_or_default(), ADDRESS);
        if let Some(path) = absolute(uri) {
            return Some(path);
        }
        let bases = self.run.original_uri_base_ids.as_ref();
        let base = location.uri_base_id.as_deref().and_then(|id| bases?.get(id)?.as_ref());
        match base {
            Some(base) if steps > 0 => Some(closed(self.resolve(base, steps - 1)?) + &decoded(uri)),
            _ => Some(decoded(uri)),
        }
    }
}

/// The source text of the place itself, or else of what is around it.
fn snippet(place: &PhysicalLocation) -> Option<&str> {
    let regions = [&place.region, &place.context_region].into_iter().flatten();
    let mut texts = regions.filter_map(|region| region.snippet.as_ref()?.text.as_deref());
    texts.find(|text| !text.is_empty())
}

/// The path of a `file:` address, or of an absolute path in its place; some tools write those.
fn absolute(uri: &str) -> Option<String> {
    if let Some(rest) = uri.strip_prefix("file:") {
        let path = match rest.strip_prefix("//") {
            Some(rest) => &rest[rest.find('/')?..],
            None => rest,
        };
        let path = decoded(path);
        let drive = path.as_bytes().get(2) == Some(&b':');
        return Some(if drive { path[1..].to_owned() } else { path });
    }
    let drive = uri.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && uri.as_bytes().get(1) == Some(&b':');
    (uri.starts_with('/') || drive).then(|| decoded(uri))
}

/// The path with a slash at its end, if it has anything.
fn closed(mut path: String) -> String {
    if !path.is_empty() && !path.ends_with('/') {
        path.push('/');
    }
    path
}

/// The address without its escapes, with forward slashes.
fn decoded(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = uri.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let escape = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, width) = match (byte, escape) {
            (b'%', Some(decoded)) => (decoded, 3),
            (byte, _) => (*byte, 1),
        };
        out.push(if byte == b'\\' { b'/' } else { byte });
        at += width;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The path without `.` and, where something is before it, `..`.
fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("." | "", _) if !parts.is_empty() => {}
            (".", _) => {}
            ("..", Some(before)) if !matches!(*before, "" | "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{absolute, decoded, tidy};

    #[test]
    fn addresses_become_paths() {
        assert_eq!(absolute("file:///home/a/b%20c.rs").as_deref(), Some("/home/a/b c.rs"));
        assert_eq!(absolute("file:///C:/a/b.cs").as_deref(), Some("C:/a/b.cs"));
        assert_eq!(absolute("file://host/share/a.cs").as_deref(), Some("/share/a.cs"));
        assert_eq!(absolute("C:\\a\\b.cs").as_deref(), Some("C:/a/b.cs"));
        assert_eq!(absolute("src/a.rs"), None);
        assert_eq!(absolute("file://"), None);
        assert_eq!(decoded("a%2Fb%zz%+1%"), "a/b%zz%+1%");
        assert_eq!(decoded("%ä%c3%a4"), "%ää");
    }

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(tidy("./src/../.env"), ".env");
        assert_eq!(tidy("../../a//b/./c"), "../../a/b/c");
        assert_eq!(tidy("/a/../../b"), "/../b");
    }
}
