//! The culprit search as a strip of commits with what each run showed.

use chrono::{DateTime, Utc};
use devos_contracts::CommitId;
use devos_contracts::journal::{JournalEntry, Observation, ProbeOutcome};
use devos_contracts::run::RunSummary;

/// The whole search.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Commits oldest first.
    pub commits: Vec<Suspect>,
    /// Runs of the test so far.
    pub runs: usize,
    /// The index of the culprit, once it is named.
    pub culprit: Option<i32>,
    /// The branch that is repaired.
    pub base_branch: String,
}

/// A commit of the strip.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Position among the suspects; -1 is the commit before them, their number is the head of the branch.
    pub index: i32,
    /// The commit.
    pub commit: CommitId,
    /// Its subject line.
    pub subject: String,
    /// When it was committed; unknown for the commit before the suspects.
    pub committed_at: Option<DateTime<Utc>>,
    /// 0 to 1: how much of the failure's files it touched.
    pub touches: f64,
    /// Runs at this commit in the order they were made.
    pub probes: Vec<Probe>,
    /// What is known of it.
    pub verdict: Verdict,
    /// True for the named culprit.
    pub is_culprit: bool,
}

/// One run of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// 1 for the first run of the search.
    pub order: usize,
    /// What it showed.
    pub outcome: ProbeOutcome,
    /// The run behind it.
    pub run: RunSummary,
}

/// What the search knows of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was not run and nothing follows for it.
    Unknown,
    /// Every run passed.
    Passed,
    /// Every run failed.
    Failed,
    /// Runs disagree: flaky here.
    Mixed,
    /// It can not be said here.
    Untestable,
    /// Not run: it lies before a commit that passed.
    ClearedByLater,
    /// Not run: it lies after the culprit.
    AfterCulprit,
}

/// Reads the search out of a journal; none before the suspects are listed.
pub fn search(journal: &[JournalEntry]) -> Option<Search> {
    let mut search: Option<Search> = None;
    for entry in journal {
        match &entry.observation {
            // A repair that starts over lists its suspects anew.
            Observation::Prepared { suspects, before, base_branch, head } => {
                let last = suspects.last().map(|suspect| &suspect.commit);
                let index = i32::try_from(suspects.len()).unwrap_or(i32::MAX);
                let head = Some(head)
                    .filter(|head| last != Some(head))
                    .map(|head| suspect(index, head, "The head of the branch", None, 0.0));
                let before =
                    before.iter().map(|commit| suspect(-1, commit, "The commit before the suspects", None, 0.0));
                let commits = suspects
                    .iter()
                    .zip(0..)
                    .map(|(s, index)| suspect(index, &s.commit, &s.subject, Some(s.committed_at), s.touches));
                search = Some(Search {
                    commits: before.chain(commits).chain(head).collect(),
                    runs: 0,
                    culprit: None,
                    base_branch: base_branch.clone(),
                });
            }
            Observation::Probed { index, outcome, run, .. } => {
                if let Some(search) = &mut search {
                    search.runs += 1;
                    let order = search.runs;
                    // The head of the branch may be the last suspect itself.
                    let at = search
                        .commits
                        .iter()
                        .position(|s| s.index == *index)
                        .or_else(|| search.commits.len().checked_sub(1));
                    if let Some(suspect) = at.and_then(|at| search.commits.get_mut(at)) {
                        suspect.probes.push(Probe { order, outcome: *outcome, run: run.clone() });
                    }
                }
            }
            Observation::RevertBuilt { culprit, .. } | Observation::RevertConflicted { culprit, .. } => {
                if let Some(search) = &mut search {
                    search.culprit = search
                        .commits
                        .iter()
                        .find(|suspect| suspect.commit == culprit.commit)
                        .map(|suspect| suspect.index);
                }
            }
            _ => {}
        }
    }
    search.map(judged)
}

fn suspect(index: i32, commit: &CommitId, subject: &str, committed_at: Option<DateTime<Utc>>, touches: f64) -> Suspect {
    Suspect {
        index,
        commit: commit.clone(),
        subject: subject.to_owned(),
        committed_at,
        touches,
        probes: Vec::new(),
        verdict: Verdict::Unknown,
        is_culprit: false,
    }
}

fn judged(mut search: Search) -> Search {
    let last_passed = search.commits.iter().filter(|s| observed(&s.probes) == Verdict::Passed).map(|s| s.index).max();
    for suspect in &mut search.commits {
        suspect.is_culprit = search.culprit == Some(suspect.index);
        suspect.verdict = match observed(&suspect.probes) {
            Verdict::Unknown if search.culprit.is_some_and(|culprit| suspect.index > culprit) => Verdict::AfterCulprit,
            Verdict::Unknown if last_passed.is_some_and(|passed| suspect.index < passed) => Verdict::ClearedByLater,
            seen => seen,
        };
    }
    search
}

fn observed(probes: &[Probe]) -> Verdict {
    let seen = |outcome| probes.iter().any(|probe| probe.outcome == outcome);
    match (seen(ProbeOutcome::Passed), seen(ProbeOutcome::Failed)) {
        (true, true) => Verdict::Mixed,
        (true, false) => Verdict::Passed,
        (false, true) => Verdict::Failed,
        (false, false) if probes.is_empty() => Verdict::Unknown,
        (false, false) => Verdict::Untestable,
    }
}

impl Verdict {
    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unknown => "not run",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Mixed => "passed and failed",
            Self::Untestable => "untestable",
            Self::ClearedByLater => "not run: a later commit passed",
            Self::AfterCulprit => "not run: after the culprit",
        }
    }

    /// The class that draws it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Unknown => "is-unknown",
            Self::Passed => "is-passed",
            Self::Failed => "is-failed",
            Self::Mixed => "is-mixed",
            Self::Untestable => "is-untestable",
            Self::ClearedByLater => "is-cleared",
            Self::AfterCulprit => "is-after",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::samples::{entry, probed, revert_built, run};
    use super::*;
    use devos_contracts::journal;

    fn prepared(count: usize) -> Observation {
        let commit = |n: usize| CommitId(format!("{n:040x}"));
        let suspects = (0..count).map(|n| journal::Suspect {
            commit: commit(n),
            subject: format!("c{n}"),
            committed_at: entry(0, Observation::ProposalClosed).at,
            touches: 0.5,
        });
        Observation::Prepared {
            base_branch: "main".into(),
            head: commit(count - 1),
            suspects: suspects.collect(),
            before: Some(commit(99)),
        }
    }

    fn verdicts(observations: Vec<Observation>) -> Vec<Verdict> {
        let journal: Vec<_> =
            observations.into_iter().zip(0..).map(|(observation, step)| entry(step, observation)).collect();
        search(&journal).unwrap().commits.iter().map(|suspect| suspect.verdict).collect()
    }

    #[test]
    fn there_is_no_strip_before_the_suspects_are_known() {
        assert_eq!(search(&[entry(0, probed(0, ProbeOutcome::Failed))]), None);
    }

    #[test]
    fn runs_and_what_follows_from_them_are_told_apart() {
        let seen = verdicts(vec![
            prepared(5),
            probed(4, ProbeOutcome::Failed),
            probed(1, ProbeOutcome::Passed),
            probed(2, ProbeOutcome::Untestable),
        ]);
        let expected = [
            Verdict::ClearedByLater,
            Verdict::ClearedByLater,
            Verdict::Passed,
            Verdict::Untestable,
            Verdict::Unknown,
            Verdict::Failed,
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn disagreeing_runs_are_flaky() {
        assert_eq!(
            verdicts(vec![prepared(1), probed(0, ProbeOutcome::Failed), probed(0, ProbeOutcome::Passed)])[1],
            Verdict::Mixed
        );
    }

    #[test]
    fn the_culprit_is_named_by_the_revert() {
        let journal = [
            entry(0, prepared(3)),
            entry(1, probed(1, ProbeOutcome::Failed)),
            entry(2, revert_built(&format!("{:040x}", 1))),
        ];
        let search = search(&journal).unwrap();
        assert_eq!((search.culprit, search.runs), (Some(1), 1));
        assert!(search.commits[2].is_culprit);
        assert_eq!(search.commits[3].verdict, Verdict::AfterCulprit);
        assert_eq!(search.commits[2].probes[0].run, run());
    }
}
