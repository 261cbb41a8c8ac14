//! Running the repository's own commands in the sandbox.

use std::fmt::Write as _;

use devos_contracts::CommitId;
use devos_contracts::ci::TestReport;
use devos_contracts::journal::{Command, Observation, ProbeOutcome};
use devos_contracts::run::{GateStage, Limits, RunEnd, RunSummary};
use devos_logic::{redact, verdict};
use devos_ports::WorkspaceError;
use devos_ports::workspace::{CommandOutcome, SandboxOutcome, SandboxRun};

use super::history::refuse;
use super::{Repair, Step};
use crate::ServiceResult;

/// How much of an output is kept with the evidence.
const TAIL: usize = 16 * 1024;
/// How much of a run's last line is told, characters.
const LINE: usize = 200;

impl Repair {
    /// Runs the failing test once at a commit of the history.
    pub(super) async fn probe(&self, step: &Step<'_>, commit: &CommitId, index: i32) -> ServiceResult<Observation> {
        match self.run_test(step, commit).await? {
            Ok((outcome, run)) => Ok(Observation::Probed { commit: commit.clone(), index, outcome, run }),
            Err(error) => refuse(Command::Probe { commit: commit.clone(), index }, error),
        }
    }

    /// Runs the failing test once on the change.
    pub(super) async fn prove(&self, step: &Step<'_>, commit: &CommitId) -> ServiceResult<Observation> {
        match self.run_test(step, commit).await? {
            Ok((outcome, run)) => Ok(Observation::ChangeProven { commit: commit.clone(), outcome, run }),
            Err(error) => refuse(Command::ProveChange { commit: commit.clone() }, error),
        }
    }

    /// Runs a gate's commands on the change; all must succeed.
    pub(super) async fn gate(
        &self,
        step: &Step<'_>,
        stage: GateStage,
        commit: &CommitId,
    ) -> ServiceResult<Observation> {
        let gates = &step.repository.settings.gates;
        let commands = match stage {
            GateStage::Fast => gates.fast.clone(),
            GateStage::Full => gates.full.clone(),
        };
        if commands.is_empty() {
            return Ok(Observation::GateRan { stage, passed: true, runs: Vec::new() });
        }
        let run = sandbox_run(step, commit, commands);
        match self.workspace.run(step.repository.id, &run).await {
            Ok(outcome) => {
                let runs: Vec<RunSummary> =
                    outcome.commands.iter().map(|command| summary(command, &outcome.profile, None)).collect();
                let passed = runs.len() == run.commands.len() && runs.iter().all(|run| run.end.is_success());
                Ok(Observation::GateRan { stage, passed, runs })
            }
            Err(error) => refuse(Command::Gate { stage, commit: commit.clone() }, error),
        }
    }

    async fn run_test(
        &self,
        step: &Step<'_>,
        commit: &CommitId,
    ) -> ServiceResult<Result<(ProbeOutcome, RunSummary), WorkspaceError>> {
        let facts = step.facts();
        let test = facts.opened.and_then(|opened| opened.test).unwrap_or_default();
        let suite = step.repository.settings.gates.full.join(" && ");
        let run = sandbox_run(step, commit, vec![suite]);
        let outcome = match self.workspace.run(step.repository.id, &run).await {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Err(error)),
        };
        let Some(last) = outcome.commands.last() else {
            return Ok(Err(WorkspaceError::Other("the sandbox ran nothing".into())));
        };
        let reports = reports(&outcome);
        let verdict = verdict::of(test, last.end, &last.output, &reports);
        let silent = (verdict == ProbeOutcome::Untestable).then(|| reason(last, &reports, &run.limits));
        Ok(Ok((verdict, summary(last, &outcome.profile, silent))))
    }
}

fn sandbox_run(step: &Step<'_>, commit: &CommitId, commands: Vec<String>) -> SandboxRun {
    let gates = &step.repository.settings.gates;
    let detected = verdict::detect_reports(&commands.join(" && "), "$DEVOS_OUT");
    let mut limits = Limits::default();
    if gates.timeout_seconds > 0 {
        limits.wall_seconds = gates.timeout_seconds;
    }
    SandboxRun {
        commit: commit.clone(),
        setup: gates.setup.clone(),
        commands,
        env: detected.env,
        collect: gates.reports.iter().cloned().chain(detected.paths).collect(),
        limits,
    }
}

/// Reads what the run left as JUnit XML; anything else it left is ignored.
fn reports(outcome: &SandboxOutcome) -> Vec<TestReport> {
    let limits = devos_otlp::JunitLimits::default();
    outcome.files.iter().filter_map(|file| devos_otlp::decode_junit(&file.bytes, limits).ok()).collect()
}

/// Why a run says nothing about its test.
fn reason(outcome: &CommandOutcome, reports: &[TestReport], limits: &Limits) -> String {
    let mut reason = match outcome.end {
        _ if outcome.out_of_memory => format!("it ran out of its memory of {}", bytes(limits.memory_bytes)),
        RunEnd::TimedOut => format!("it timed out after {} s", limits.wall_seconds),
        RunEnd::DiskFull => format!("it filled its disk of {}", bytes(limits.disk_bytes)),
        end => format!("it {end}"),
    };
    match reports.iter().map(|report| report.cases.len()).sum::<usize>() {
        0 if reports.is_empty() => reason.push_str(" and left no report"),
        0 => reason.push_str(" and left a report of no test"),
        tests => {
            let (noun, them) = if tests == 1 {
                ("test", "it is skipped or another")
            } else {
                ("tests", "it is skipped or not among them")
            };
            let _ = write!(reason, " and left a report of {tests} {noun}: {them}");
        }
    }
    let _ = match last_line(redact::output(&outcome.output).get()) {
        Some(line) => write!(reason, "; its last line: {line}"),
        None => write!(reason, "; it printed nothing"),
    };
    reason
}

/// The evidence of a command; `silent` says why it tells nothing about the test.
fn summary(outcome: &CommandOutcome, profile: &str, silent: Option<String>) -> RunSummary {
    let output = redact::output(&outcome.output).into_inner();
    let mut start = output.len().saturating_sub(TAIL);
    while !output.is_char_boundary(start) {
        start += 1;
    }
    RunSummary {
        command: outcome.command.clone(),
        end: outcome.end,
        duration_ms: outcome.duration_ms,
        output_sha256: outcome.output_sha256.clone(),
        output_bytes: outcome.output_bytes,
        output_tail: output[start..].to_owned(),
        profile: profile.to_owned(),
        silent,
    }
}

/// The last line that says something, without colours, at most [`LINE`] characters of it.
fn last_line(output: &str) -> Option<String> {
    output.lines().rev().map(plain).find(|line| !line.is_empty())
}

fn plain(line: &str) -> String {
    let mut plain = String::new();
    // What a progress bar overwrote is not what was seen.
    let mut rest = line.trim_end().rsplit('\r').next().unwrap_or_default().chars();
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            // A colour or movement: `ESC [`, numbers, a letter.
            rest.find(char::is_ascii_alphabetic);
        } else if !letter.is_control() && plain.chars().count() < LINE {
            plain.push(letter);
        }
    }
    plain.trim().to_owned()
}

fn bytes(count: u64) -> String {
    match count {
        count if count % (1 << 30) == 0 => format!("{} GiB", count >> 30),
        count => format!("{} MiB", count >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(end: RunEnd, out_of_memory: bool, output: &str, reports: &[TestReport]) -> String {
        let outcome = CommandOutcome {
            command: "test".to_owned(),
            end,
            out_of_memory,
            duration_ms: 1,
            output: output.to_owned(),
            output_sha256: String::new(),
            output_bytes: output.len() as u64,
        };
        reason(&outcome, reports, &Limits::default())
    }

    fn report(tests: usize) -> TestReport {
        let cases = "<testcase classname='a' name='b'/>".repeat(tests);
        let xml = format!("<testsuite name='s'>{cases}</testsuite>");
        devos_otlp::decode_junit(xml.as_bytes(), devos_otlp::JunitLimits::default()).expect("it is a report")
    }

    #[test]
    fn a_run_that_says_nothing_says_why() {
        let exited = RunEnd::Exited { code: 127 };
        assert_eq!(
            told(exited, false, "one\n\x1b[31msh: 1: pytest: not found\x1b[0m\n\n  \n", &[]),
            "it exited with 127 and left no report; its last line: sh: 1: pytest: not found"
        );
        assert_eq!(
            told(RunEnd::TimedOut, false, "10 %\r20 %\r30 %", &[]),
            "it timed out after 600 s and left no report; its last line: 30 %"
        );
        assert_eq!(
            told(RunEnd::DiskFull, false, "", &[]),
            "it filled its disk of 2 GiB and left no report; it printed nothing"
        );
        let killed = RunEnd::Signaled { signal: 9 };
        assert_eq!(
            told(killed, true, "Killed\n", &[]),
            "it ran out of its memory of 4 GiB and left no report; its last line: Killed"
        );
        assert!(told(killed, false, "", &[]).starts_with("it was ended by signal 9"));
        assert!(told(exited, false, "", &[report(0)]).contains("a report of no test"));
        assert!(told(exited, false, "", &[report(1)]).contains("a report of 1 test: it is skipped or another"));
        assert!(told(exited, false, "", &[report(2), report(1)]).contains("a report of 3 tests: it is skipped or not"));
    }

    #[test]
    fn the_last_line_is_redacted_and_short() {
        let secret = told(RunEnd::Exited { code: 1 }, false, "x\npassword: hunter2\n", &[]);
        assert!(secret.ends_with("its last line: password: [REDACTED]"), "{secret}");
        let long = told(RunEnd::Exited { code: 1 }, false, &"ü".repeat(3 * TAIL), &[]);
        assert!(long.ends_with(&format!(": {}", "ü".repeat(LINE))), "{long}");
    }
}
