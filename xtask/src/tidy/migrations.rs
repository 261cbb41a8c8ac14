//! Migration files: `20261120093000_add_incident_risk.sql`, each moment once.

use std::collections::BTreeMap;

use super::Offence;
use crate::tree::Source;

const FORM: &str = "a migration is named `YYYYMMDDhhmmss_what_it_does.sql`";

/// Checks the names of all migrations.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let migrations =
        sources.iter().filter(|source| source.path.starts_with("migrations/") && source.extension() != "md");
    for source in migrations {
        let Some(moment) = moment(source.name()) else {
            offences.push(Offence::of(&source.path, FORM));
            continue;
        };
        if let Some(other) = seen.insert(moment, &source.path) {
            offences.push(Offence::of(&source.path, format!("has the moment of {other}")));
        }
    }
    offences
}

/// The moment in a well-formed name.
fn moment(name: &str) -> Option<&str> {
    let (moment, what) = name.strip_suffix(".sql")?.split_once('_')?;
    let within = |range: std::ops::Range<usize>, least: u32, most: u32| {
        moment.get(range).and_then(|part| part.parse().ok()).is_some_and(|number| (least..=most).contains(&number))
    };
    let is_moment = moment.len() == 14
        && moment.bytes().all(|byte| byte.is_ascii_digit())
        && within(0..4, 2026, 2100)
        && within(4..6, 1, 12)
        && within(6..8, 1, 31)
        && within(8..10, 0, 23)
        && within(10..12, 0, 59)
        && within(12..14, 0, 59);
    let is_snake =
        !what.is_empty() && what.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    (is_moment && is_snake).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(names: &[&str]) -> usize {
        let file = |name: &&str| Source { path: format!("migrations/{name}"), text: String::new() };
        check(&names.iter().map(file).collect::<Vec<_>>()).len()
    }

    #[test]
    fn badly_named_and_simultaneous_migrations_are_told() {
        assert_eq!(offences(&["20261120093000_tenants.sql", "20261120093001_users.sql", "README.md"]), 0);
        for bad in
            ["tenants.sql", "20261320093000_x.sql", "2026112009_x.sql", "20261120093000_Big.sql", "20261120093000_.sql"]
        {
            assert_eq!(offences(&[bad]), 1, "{bad}");
        }
        assert_eq!(offences(&["20261120093000_tenants.sql", "20261120093000_users.sql"]), 1);
    }
}
