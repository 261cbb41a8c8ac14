//! The loop driven by a small world: commands in, observations out, no ports.

use chrono::{DateTime, TimeDelta, Utc};
use devos_contracts::journal::{Command, Guards, Observation, ProbeOutcome, Suspect, TestRecord};
use devos_contracts::proposal::{
    Claim, Culprit, Decision, MergeResult, RiskAssessment, RiskLabel, Violation, WorkingTree,
};
use devos_contracts::repair::RepairState;
use devos_contracts::repository::{GatePlan, RepositorySettings};
use devos_contracts::run::{RunEnd, RunSummary};
use devos_contracts::signal::SignalType;
use devos_contracts::{CommitId, PatternId, ProposalId};
use uuid::Uuid;

use super::{Facts, Plan, chain, evidence, is_worth_another, next, text};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

fn commit(number: usize) -> CommitId {
    CommitId(format!("{number:040x}"))
}

fn run(code: i32) -> RunSummary {
    RunSummary {
        command: "make test".into(),
        end: RunEnd::Exited { code },
        duration_ms: 7,
        output_sha256: "ab".repeat(32),
        output_bytes: 3,
        output_tail: "out".into(),
        profile: "test".into(),
        silent: None,
    }
}

/// What the loop acts upon; the defaults make a repair that succeeds.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a test world")]
struct World {
    suspects: usize,
    culprit: usize,
    head_beyond: bool,
    head_fails: bool,
    fails: fn(usize, usize, usize) -> bool,
    test: Option<&'static str>,
    settings: RepositorySettings,
    attempts: u32,
    clean: bool,
    fixes: bool,
    violations: Vec<Violation>,
    red_gates: usize,
    approve: Option<bool>,
    merge_conflict: bool,
    blocked_merges: usize,
    watch: (u32, u32),
}

impl Default for World {
    fn default() -> Self {
        let gates = GatePlan { full: vec!["make test".into()], ..GatePlan::default() };
        Self {
            suspects: 12,
            culprit: 7,
            head_beyond: true,
            head_fails: true,
            fails: |commit, culprit, _| commit >= culprit,
            test: Some("shop::adds"),
            settings: RepositorySettings { enabled: true, gates, ..RepositorySettings::default() },
            attempts: 1,
            clean: true,
            fixes: true,
            violations: Vec::new(),
            red_gates: 0,
            approve: Some(true),
            merge_conflict: false,
            blocked_merges: 0,
            watch: (20, 0),
        }
    }
}

fn outcome(failed: bool) -> ProbeOutcome {
    if failed { ProbeOutcome::Failed } else { ProbeOutcome::Passed }
}

impl World {
    fn opened(&self) -> Observation {
        Observation::Opened {
            pattern: PatternId(Uuid::from_u128(1)),
            signal_type: SignalType::TestFailure,
            test: self.test.map(str::to_owned),
            commit: Some(commit(self.suspects - 1)),
            last_passed: None,
            record: TestRecord::default(),
            by: "devos".into(),
            proposal: ProposalId(Uuid::from_u128(2)),
        }
    }

    fn prepared(&self) -> Observation {
        let suspects = (0..self.suspects).map(|number| Suspect {
            commit: commit(number),
            subject: format!("change {number}"),
            committed_at: at(i64::try_from(number).unwrap()),
            touches: 0.0,
        });
        Observation::Prepared {
            base_branch: "main".into(),
            head: commit(if self.head_beyond { 999 } else { self.suspects - 1 }),
            suspects: suspects.collect(),
            before: Some(commit(998)),
        }
    }

    fn execute(&self, command: &Command, journal: &[Observation]) -> Observation {
        let seen = |wanted: fn(&Observation) -> bool| journal.iter().filter(|seen| wanted(seen)).count();
        match command {
            Command::Retrieve => Observation::Retrieved { similar: Vec::new() },
            Command::CheckGuards => Observation::GuardsChecked {
                guards: Guards {
                    attempts: self.attempts,
                    open_proposals: 0,
                    paused: None,
                    settings: self.settings.clone(),
                    covered_by: None,
                    at: at(100),
                },
            },
            Command::Prepare => self.prepared(),
            Command::Probe { commit, index } => {
                let tries = seen(|seen| matches!(seen, Observation::Probed { .. }));
                let failed = match usize::try_from(*index) {
                    Err(_) => (self.fails)(0, self.culprit.max(1), tries),
                    Ok(index) if index >= self.suspects => self.head_fails,
                    Ok(index) => (self.fails)(index, self.culprit, tries),
                };
                let run = run(i32::from(failed));
                Observation::Probed { commit: commit.clone(), index: *index, outcome: outcome(failed), run }
            }
            Command::BuildRevert { culprit } => {
                let culprit = Culprit {
                    commit: culprit.clone(),
                    subject: "change".into(),
                    author: "Ana".into(),
                    committed_at: at(1),
                };
                if self.clean {
                    Observation::RevertBuilt { culprit, base: commit(999), commit: commit(1000), diff: "-a".into() }
                } else {
                    Observation::RevertConflicted { culprit, files: vec!["a.py".into()] }
                }
            }
            Command::ProveChange { commit } => Observation::ChangeProven {
                commit: commit.clone(),
                outcome: outcome(!self.fixes),
                run: run(i32::from(!self.fixes)),
            },
            Command::Validate => Observation::Validated {
                violations: self.violations.clone(),
                risk: RiskAssessment { score: 9, label: RiskLabel::Low, factors: Vec::new() },
            },
            Command::PushBranch { commit } => {
                Observation::BranchPushed { branch: "selfheal/x".into(), commit: commit.clone() }
            }
            Command::Gate { stage, .. } => {
                let red = seen(|seen| matches!(seen, Observation::GateRan { passed: false, .. })) < self.red_gates;
                Observation::GateRan { stage: *stage, passed: !red, runs: vec![run(i32::from(red))] }
            }
            Command::OpenPullRequest => Observation::PullRequestOpened { branch: "selfheal/x".into() },
            Command::CheckAutonomy => {
                Observation::AutonomyChecked { level: 0, merges_alone: false, limited_by: vec!["level 0".into()] }
            }
            Command::Merge if self.merge_conflict => Observation::MergeConflicted { reason: "moved on".into() },
            Command::Merge if seen(|seen| matches!(seen, Observation::MergeBlocked { .. })) < self.blocked_merges => {
                Observation::MergeBlocked { reason: "a.py is not committed".into() }
            }
            Command::Merge => Observation::Merged {
                result: MergeResult { commit: commit(1001), working_tree: WorkingTree::None },
                watch_until: at(200),
            },
            Command::CloseProposal => Observation::ProposalClosed,
            Command::Watch { .. } => Observation::Watched {
                passes: self.watch.0,
                failures: self.watch.1,
                window_over: true,
                overdue: self.watch.0 < 20,
                needed: 20,
            },
            Command::AwaitDecision | Command::Finish => unreachable!("nothing to execute"),
        }
    }

    fn decision(approved: bool) -> Observation {
        let decision = Decision { approved, by: "ana".into(), reason: "because".into(), at: at(150) };
        Observation::Decided { decision }
    }

    /// Runs to the end, or until a person is waited for.
    fn drive(&self) -> (Vec<Observation>, Vec<Plan>) {
        let mut journal = vec![self.opened()];
        let mut plans = Vec::new();
        while journal.len() < 200 {
            let plan = next(&journal);
            plans.push(plan.clone());
            match (&plan.command, self.approve) {
                (Command::Finish, _) | (Command::AwaitDecision, None) => return (journal, plans),
                (Command::AwaitDecision, Some(approved)) => journal.push(Self::decision(approved)),
                (command, _) => journal.push(self.execute(command, &journal)),
            }
        }
        panic!("the loop does not end");
    }

    fn end(&self) -> Plan {
        self.drive().1.pop().unwrap()
    }
}

#[test]
fn a_proven_revert_goes_all_the_way() {
    use RepairState as S;
    let world = World::default();
    let (journal, plans) = world.drive();
    let mut states: Vec<RepairState> = plans.iter().map(|plan| plan.state).collect();
    states.dedup();
    let expected = [
        S::Detected,
        S::Retrieving,
        S::Reproducing,
        S::Proposing,
        S::Validating,
        S::Applying,
        S::Gating,
        S::PrOpen,
        S::AwaitingHuman,
        S::Merged,
        S::Fixed,
    ];
    assert_eq!(states, expected);
    let facts = Facts::fold(&journal);
    assert_eq!(facts.change.unwrap().culprit.commit, commit(7));
    assert!(evidence::confidence(&facts) >= 99);
    let claims: Vec<Claim> = evidence::collect(&facts).iter().map(|evidence| evidence.claim).collect();
    let wanted = [
        Claim::HeadFails,
        Claim::ParentPasses,
        Claim::CulpritFails,
        Claim::ChangePasses,
        Claim::FastGate,
        Claim::FullGate,
    ];
    assert_eq!(claims, wanted);
    assert!(evidence::collect(&facts).iter().all(|evidence| evidence.holds));
    assert!(text::pull_request(&facts).contains("shop::adds"));
}

#[test]
fn a_replay_reproduces_every_command() {
    let (journal, plans) = World::default().drive();
    for (step, plan) in plans.iter().enumerate() {
        assert_eq!(&next(&journal[..=step]), plan, "step {step}");
    }
}

#[test]
fn every_culprit_is_found() {
    for culprit in 0..12 {
        let world = World { culprit, ..World::default() };
        let (journal, _) = world.drive();
        let facts = Facts::fold(&journal);
        assert_eq!(facts.change.unwrap().culprit.commit, commit(culprit));
    }
}

#[test]
fn a_pure_flake_accuses_nobody() {
    let world = World { fails: |_, _, tries| tries % 2 == 0, ..World::default() };
    let (journal, plans) = world.drive();
    let end = plans.last().unwrap();
    assert_eq!(end.state, RepairState::Abstained, "{}", end.reason);
    assert!(Facts::fold(&journal).change.is_none());
}

#[test]
fn what_can_not_be_proven_is_abstained_with_the_reason() {
    let base = World::default();
    let disabled = RepositorySettings { enabled: false, ..base.settings.clone() };
    let gateless = RepositorySettings { gates: GatePlan::default(), ..base.settings.clone() };
    let cases: [(&str, World); 8] = [
        ("no failing test", World { test: None, ..base.clone() }),
        ("disabled", World { settings: disabled, ..base.clone() }),
        ("no gate command", World { settings: gateless, ..base.clone() }),
        ("not show the failure any more", World { head_fails: false, ..base.clone() }),
        ("does not revert cleanly: a.py", World { clean: false, ..base.clone() }),
        ("does not pass with the culprit reverted", World { fixes: false, ..base.clone() }),
        ("not reproduced", World { fails: |_, _, _| false, ..base.clone() }),
        ("fail", World { fails: |_, _, _| true, culprit: 0, ..base.clone() }),
    ];
    for (reason, world) in cases {
        let end = world.end();
        assert_eq!(end.state, RepairState::Abstained, "{reason}: {}", end.reason);
        assert!(end.reason.contains(reason), "{:?} does not say {reason:?}", end.reason);
    }
}

#[test]
fn too_many_attempts_go_to_a_person() {
    assert_eq!(World { attempts: 4, ..World::default() }.end().state, RepairState::SloExceeded);
}

#[test]
fn a_broken_rule_stops_before_anything_is_pushed() {
    let violation = Violation { rule: "workflow_change".into(), path: Some("x".into()), explanation: "no".into() };
    let (journal, plans) = World { violations: vec![violation], ..World::default() }.drive();
    assert_eq!(plans.last().unwrap().state, RepairState::Rejected);
    assert!(!Facts::fold(&journal).pushed);
}

#[test]
fn one_red_gate_is_run_again_and_two_delete_the_branch() {
    assert_eq!(World { red_gates: 1, ..World::default() }.end().state, RepairState::Fixed);
    let (journal, plans) = World { red_gates: 2, ..World::default() }.drive();
    assert_eq!(plans.last().unwrap().state, RepairState::GateFailed);
    assert!(Facts::fold(&journal).closed);
    assert!(!Facts::fold(&journal).pull_request);
}

#[test]
fn a_rejected_proposal_is_closed() {
    let (journal, plans) = World { approve: Some(false), ..World::default() }.drive();
    assert_eq!(plans.last().unwrap().state, RepairState::Rejected);
    assert!(plans.last().unwrap().reason.contains("because"));
    assert!(Facts::fold(&journal).closed);
    assert!(Facts::fold(&journal).merged.is_none());
}

#[test]
fn without_a_decision_nothing_is_merged() {
    let (journal, plans) = World { approve: None, ..World::default() }.drive();
    assert_eq!(plans.last().unwrap().command, Command::AwaitDecision);
    assert!(Facts::fold(&journal).merged.is_none());
}

#[test]
fn a_blocked_merge_asks_again_and_a_conflict_escalates() {
    let (_, plans) = World { blocked_merges: 1, ..World::default() }.drive();
    assert_eq!(plans.iter().filter(|plan| plan.command == Command::AwaitDecision).count(), 2);
    assert!(plans.iter().any(|plan| plan.reason.contains("a.py is not committed")));
    assert_eq!(plans.last().unwrap().state, RepairState::Fixed);
    assert_eq!(World { merge_conflict: true, ..World::default() }.end().state, RepairState::Escalated);
}

#[test]
fn fixed_means_silent() {
    assert_eq!(World { watch: (20, 1), ..World::default() }.end().state, RepairState::Regressed);
    assert_eq!(World { watch: (19, 0), ..World::default() }.end().state, RepairState::Escalated);
}

#[test]
fn an_old_culprit_is_named_but_not_reverted() {
    let mut journal = World::default().drive().0;
    for observation in &mut journal {
        if let Observation::Prepared { suspects, .. } = observation {
            suspects[7].committed_at = at(0) - TimeDelta::days(91);
        }
    }
    let found = journal.iter().position(|seen| matches!(seen, Observation::RevertBuilt { .. })).unwrap();
    let plan = next(&journal[..found]);
    assert_eq!(plan.state, RepairState::Abstained);
    assert!(plan.reason.contains("91 days before the failing commit"), "{}", plan.reason);
}

#[test]
fn a_cancel_at_any_step_ends_the_repair_and_leaves_no_branch() {
    let (journal, _) = World::default().drive();
    let merged = journal.iter().position(|seen| matches!(seen, Observation::Merged { .. })).unwrap();
    for step in 1..merged {
        let mut stopped = journal[..step].to_vec();
        stopped.push(Observation::Cancelled { by: "ana".into(), reason: "enough".into() });
        let pushed = Facts::fold(&stopped).pushed;
        let plan = next(&stopped);
        assert_eq!(plan.command == Command::CloseProposal, pushed, "step {step}");
        if pushed {
            stopped.push(Observation::ProposalClosed);
        }
        assert_eq!(next(&stopped).state, RepairState::Cancelled);
        assert_eq!(next(&stopped).command, Command::Finish);
    }
}

#[test]
fn a_command_that_can_not_be_executed_ends_in_a_named_state() {
    let (journal, plans) = World::default().drive();
    for (step, plan) in plans.iter().enumerate().take_while(|(_, plan)| plan.command != Command::AwaitDecision) {
        let mut failed = journal[..=step].to_vec();
        let command = Box::new(plan.command.clone());
        failed.push(Observation::Failed { command, code: "sandbox_unavailable".into(), detail: "no".into() });
        if Facts::fold(&failed).pushed {
            assert_eq!(next(&failed).command, Command::CloseProposal);
            failed.push(Observation::ProposalClosed);
        }
        let end = next(&failed);
        assert_eq!(end.command, Command::Finish);
        assert!(end.state.is_final() && end.reason.contains("sandbox_unavailable"));
    }
}

#[test]
fn the_chain_depends_on_every_entry_before() {
    let first = chain("", b"a");
    assert_eq!(first, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    assert_ne!(chain(&first, b"b"), chain("", b"b"));
}

#[test]
fn the_same_question_is_not_asked_twice() {
    assert!(!is_worth_another(RepairState::Abstained, true));
    assert!(is_worth_another(RepairState::Abstained, false));
    assert!(!is_worth_another(RepairState::AwaitingHuman, false));
    assert!(is_worth_another(RepairState::Fixed, true));
}
