//! Failures in reports of linters and analysers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use devos_contracts::CommitId;
use devos_contracts::ci::{LintLevel, LintReport};
use devos_contracts::signal::{RawFailure, SignalType};

use crate::pattern;

/// The policy violations of a report: its errors that nobody accepted, one per rule and file, the first of each.
///
/// Their identity is made of rule, message and file; without a stack or a line, moved code is the same violation.
pub fn from_lint(
    report: &LintReport,
    run_trigger: &str,
    commit: Option<&CommitId>,
    at: DateTime<Utc>,
) -> Vec<RawFailure> {
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    let errors = report.findings.iter().filter(|finding| finding.level == LintLevel::Error && !finding.suppressed);
    for finding in errors {
        let kind = if finding.rule.is_empty() { &finding.tool } else { &finding.rule };
        let file = finding.file.as_deref().map(pattern::relative);
        if !seen.insert((kind, file.clone())) {
            continue;
        }
        failures.push(RawFailure {
            signal_type: SignalType::PolicyViolation,
            trigger_id: run_trigger.to_owned(),
            kind: kind.clone(),
            message: finding.message.clone(),
            stack: None,
            files: file.into_iter().collect(),
            test: None,
            service: None,
            commit: commit.cloned(),
            repository: None,
            occurred_at: at,
        });
    }
    failures
}

#[cfg(test)]
mod tests {
    use devos_contracts::SignalId;
    use devos_contracts::ci::{LintFinding, LintLevel, LintReport};
    use devos_contracts::signal::{FailureSignal, SignalType};
    use uuid::Uuid;

    use super::from_lint;
    use crate::{redact, signal};

    fn finding(rule: &str, file: &str, line: u32, message: &str) -> LintFinding {
        LintFinding {
            tool: "ruff".to_owned(),
            rule: rule.to_owned(),
            level: LintLevel::Error,
            message: message.to_owned(),
            file: Some(file.to_owned()),
            line: Some(line),
            ..LintFinding::default()
        }
    }

    fn signals(findings: Vec<LintFinding>) -> Vec<FailureSignal> {
        let failures = from_lint(&LintReport { findings }, "run:1", None, chrono::DateTime::UNIX_EPOCH);
        let identify = |failure| signal::identify(redact::failure(failure), SignalId(Uuid::nil()), None);
        failures.into_iter().map(identify).collect()
    }

    #[test]
    fn errors_are_violations_one_per_rule_and_file() {
        let found = signals(vec![
            finding("F401", "src/a.py", 1, "`os` imported but unused"),
            finding("F401", "src/a.py", 2, "`re` imported but unused"),
            finding("F401", "/home/runner/work/shop/shop/src/a.py", 3, "`io` imported but unused"),
            finding("F401", "src/b.py", 1, "`os` imported but unused"),
            finding("S307", "src/a.py", 9, "eval"),
            LintFinding { level: LintLevel::Warning, ..finding("W1", "src/a.py", 1, "long") },
            LintFinding { suppressed: true, ..finding("S602", "src/a.py", 1, "shell") },
            LintFinding { rule: String::new(), file: None, ..finding("", "", 1, "broken") },
        ]);
        let told: Vec<_> = found.iter().map(|signal| (signal.title.as_str(), signal.files.join(","))).collect();
        assert_eq!(
            told,
            [
                ("F401: `os` imported but unused", "src/a.py".to_owned()),
                ("F401: `os` imported but unused", "src/b.py".to_owned()),
                ("S307: eval", "src/a.py".to_owned()),
                ("ruff: broken", String::new()),
            ]
        );
        assert!(found.iter().all(|signal| signal.signal_type == SignalType::PolicyViolation && signal.test.is_none()));
    }

    #[test]
    fn a_violation_is_told_by_rule_message_and_file() {
        let key = |rule, file, line, message| signals(vec![finding(rule, file, line, message)]).remove(0).group_key;
        let first = key("F401", "src/a.py", 1, "`os` imported but unused");
        assert_eq!(key("F401", "src/a.py", 77, "`os` imported but unused"), first, "moved");
        assert_ne!(key("F402", "src/a.py", 1, "`os` imported but unused"), first);
        assert_ne!(key("F401", "src/b.py", 1, "`os` imported but unused"), first);
        assert_ne!(key("F401", "src/a.py", 1, "`re` imported but unused"), first);
    }
}
