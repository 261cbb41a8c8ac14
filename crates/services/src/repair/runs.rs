//! Running the repository's own commands in the sandbox.

use devos_contracts::CommitId;
use devos_contracts::ci::TestReport;
use devos_contracts::journal::{Command, Observation, ProbeOutcome};
use devos_contracts::run::{GateStage, Limits, RunSummary};
use devos_logic::{redact, verdict};
use devos_ports::WorkspaceError;
use devos_ports::workspace::{CommandOutcome, SandboxOutcome, SandboxRun};

use super::history::refuse;
use super::{Repair, Step};
use crate::ServiceResult;

/// How much of an output is kept with the evidence.
const TAIL: usize = 16 * 1024;

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
                    outcome.commands.iter().map(|command| summary(command, &outcome.profile)).collect();
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
        Ok(Ok((verdict, summary(last, &outcome.profile))))
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

fn summary(outcome: &CommandOutcome, profile: &str) -> RunSummary {
    let redacted = redact::output(&outcome.output).into_inner();
    let mut start = redacted.len().saturating_sub(TAIL);
    while !redacted.is_char_boundary(start) {
        start += 1;
    }
    RunSummary {
        command: outcome.command.clone(),
        end: outcome.end,
        duration_ms: outcome.duration_ms,
        output_sha256: outcome.output_sha256.clone(),
        output_bytes: outcome.output_bytes,
        output_tail: redacted[start..].to_owned(),
        profile: profile.to_owned(),
    }
}
