//! SARIF 2.1.0, as linters and analysers write it.
//!
//! Read liberally: what a log does not say takes the standard's default, and what has no place in the contracts (code
//! flows, taxonomies, graphs) is passed over. Results that say that all is well (`pass`, `notApplicable`) or that are
//! gone since the baseline (`absent`) are no findings; suppressed ones are, and marked.

mod list;
mod log;
mod message;
mod place;
mod rules;

use devos_contracts::ci::{LintFinding, LintLevel, LintReport};

use crate::document::{self, Bounds};
use crate::error::DecodeError;
use crate::text::{cut, name};
use log::{Baseline, Kind, Log, Outcome, Run, Suppression};
use place::Places;
use rules::Rules;

/// How much of a log is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SarifLimits {
    /// Findings in one log; more are [`DecodeError::Unsupported`].
    pub findings: usize,
    /// Open objects and arrays at any point; more are [`DecodeError::Unsupported`].
    pub depth: usize,
    /// Objects in all; more are [`DecodeError::Unsupported`].
    pub objects: usize,
    /// Bytes of message, and of source text, kept per finding; more are cut with a marker.
    pub text_bytes: usize,
    /// Bytes of text kept in all; more are [`DecodeError::Unsupported`], since one rule's text repeats in its results.
    pub total_bytes: usize,
}

impl Default for SarifLimits {
    fn default() -> Self {
        Self { findings: 50_000, depth: 64, objects: 1_000_000, text_bytes: 16 * 1024, total_bytes: 64 << 20 }
    }
}

/// Decodes a SARIF log; one without results is an empty report.
pub fn decode_sarif(body: &[u8], limits: SarifLimits) -> Result<LintReport, DecodeError> {
    let bounds = Bounds { depth: limits.depth, objects: limits.objects };
    let log: Log = document::read(body, "a SARIF log", &bounds)?;
    match log.version.as_deref() {
        Some(version) if version.starts_with("2.1.0") => {}
        Some(other) => {
            let other = cut(other, 40);
            return Err(DecodeError::unsupported(format!("SARIF version `{other}` is not read, 2.1.0 is")));
        }
        None => return Err(DecodeError::malformed("not a SARIF log: it says no version")),
    }
    let runs = log.runs.ok_or_else(|| DecodeError::malformed("not a SARIF log: it has no runs"))?;
    if runs.more {
        return Err(DecodeError::unsupported(format!("more than {} runs in one SARIF log", runs.items.len())));
    }
    let mut builder = Builder { limits, findings: Vec::new(), bytes: 0 };
    for run in &runs.items {
        builder.run(run)?;
    }
    Ok(LintReport { findings: builder.findings })
}

struct Builder {
    limits: SarifLimits,
    findings: Vec<LintFinding>,
    bytes: usize,
}

impl Builder {
    fn run(&mut self, run: &Run) -> Result<(), DecodeError> {
        let rules = Rules::of(run.tool.as_ref());
        let places = Places::of(run);
        let Some(results) = &run.results else {
            return Ok(());
        };
        for result in results.items.iter().filter(|result| counts(result)) {
            if self.findings.len() >= self.limits.findings {
                return self.too_many();
            }
            let finding = self.finding(result, &rules, &places);
            self.bytes = self.bytes.saturating_add(size(&finding));
            if self.bytes > self.limits.total_bytes {
                let limit = self.limits.total_bytes;
                return Err(DecodeError::unsupported(format!("the findings' texts are longer than {limit} bytes")));
            }
            self.findings.push(finding);
        }
        if results.more { self.too_many() } else { Ok(()) }
    }

    fn finding(&self, result: &Outcome, rules: &Rules<'_>, places: &Places<'_>) -> LintFinding {
        let limit = self.limits.text_bytes;
        let rule = rules.of_result(result);
        let mut finding = LintFinding {
            tool: name(rules.tool()),
            rule: name(rule.id),
            level: rule.level(result),
            message: message::text(result.message.as_ref(), &rule, rules, limit),
            fingerprints: fingerprints(result),
            suppressed: is_suppressed(result),
            ..LintFinding::default()
        };
        places.locate(result, &mut finding, limit);
        finding
    }

    fn too_many(&self) -> Result<(), DecodeError> {
        let findings = self.limits.findings;
        Err(DecodeError::unsupported(format!("more than {findings} results in one SARIF log")))
    }
}

/// False for results that say that all is well, and for those that are there no more.
fn counts(result: &Outcome) -> bool {
    !matches!(result.kind, Some(Kind::Pass | Kind::NotApplicable)) && result.baseline != Some(Baseline::Absent)
}

/// Accepted by somebody, unless that is still under review or was refused.
fn is_suppressed(result: &Outcome) -> bool {
    let list = result.suppressions.as_ref().map_or(&[][..], |list| &list.items);
    let accepted = |suppression: &Suppression| suppression.status.as_deref().is_none_or(|status| status == "accepted");
    !list.is_empty() && list.iter().all(accepted)
}

/// Both kinds of fingerprints; the complete ones win.
fn fingerprints(result: &Outcome) -> std::collections::BTreeMap<String, String> {
    let partial = result.partial_fingerprints.iter().flat_map(|list| &list.items);
    let whole = result.fingerprints.iter().flat_map(|list| &list.items);
    partial.chain(whole).map(|(kind, print)| (name(kind), name(print))).collect()
}

fn size(finding: &LintFinding) -> usize {
    let prints: usize = finding.fingerprints.iter().map(|(kind, print)| kind.len() + print.len()).sum();
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = finding.tool.len() + finding.rule.len() + finding.message.len();
    texts + optional(&finding.file) + optional(&finding.snippet) + prints
}

impl From<log::Level> for LintLevel {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::None => Self::None,
            log::Level::Note => Self::Note,
            log::Level::Warning => Self::Warning,
            log::Level::Error => Self::Error,
        }
    }
}
