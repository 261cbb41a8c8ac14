//! The demo's way from a broken commit to the fix, through the public API alone.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use devos_contracts::RepairId;
use devos_contracts::api::{ConnectRepository, Page, PatternDetail, Reason, RepairDetail};
use devos_contracts::journal::Observation;
use devos_contracts::pattern::Pattern;
use devos_contracts::proposal::{Claim, Proposal, ProposalState};
use devos_contracts::repair::{Repair, RepairState};
use devos_contracts::repository::{GatePlan, Repository, RepositorySettings};
use serde::Serialize;
use serde_json::json;

use super::{repository, telemetry};
use crate::client::Client;
use crate::upload;

/// How long one stretch of the journey may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often the API is asked.
const POLL: Duration = Duration::from_millis(200);

/// How long a merged repair is watched.
#[derive(Clone, Copy)]
pub enum Tempo {
    /// Long enough to look at.
    Visitor,
    /// As short as it can be.
    Once,
}

/// What came of the demo.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pattern_id: String,
    culprit_expected: String,
    culprit_found: String,
    proposal: String,
    risk: u8,
    gates: Gates,
    states: Vec<RepairState>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Gates {
    fast: bool,
    full: bool,
}

impl Outcome {
    /// True when the culprit is the planted one and the gates passed.
    pub fn is_proven(&self) -> bool {
        self.culprit_expected == self.culprit_found && self.gates.fast && self.gates.full
    }
}

/// The demo under way.
pub struct Journey {
    client: Client,
    demo: repository::Repository,
    tempo: Tempo,
    say: fn(&str),
    started: Instant,
    repair: Option<RepairId>,
}

impl Journey {
    /// Builds the repository in `directory`.
    pub fn new(client: Client, directory: &Path, tempo: Tempo, say: fn(&str)) -> Result<Self> {
        let started = Instant::now();
        let demo = repository::build(directory)?;
        say(&format!("a service with its history is in {}", demo.path.display()));
        Ok(Self { client, demo, tempo, say, started, repair: None })
    }

    /// Connects, tests, ships telemetry, and waits until the pull request is open.
    pub fn until_open(&mut self) -> Result<Outcome> {
        self.connect()?;
        let commit = self.demo.head()?;
        let receipt = upload::junit(&self.client, &self.demo.story.name, &commit, self.demo.test()?)?;
        (self.say)(&format!(
            "its tests ran: {} passed, {} failed; the report is uploaded",
            receipt.passed, receipt.failed
        ));
        let sent = telemetry::ship(&self.client, &self.demo.story.service_name, &self.demo.replay()?)?;
        (self.say)(&format!(
            "customers saw it too: {} log records and {} spans went out over OTLP",
            sent.logs, sent.spans
        ));
        let pattern = self.pattern()?;
        (self.say)(&format!("pattern: {}/patterns/{}", self.client.url(), pattern.id));
        let repair = self.wait("the repair", |journey| journey.repair_of(&pattern))?;
        self.repair = Some(repair.id);
        (self.say)(&format!("a repair is under way: {}/repairs/{}", self.client.url(), repair.id));
        let open = |state| matches!(state, RepairState::AwaitingHuman | RepairState::Merged | RepairState::Watching);
        let detail = self.until(open)?;
        let outcome = self.outcome(&detail)?;
        let proposal = detail.proposal.context("an open repair has a proposal")?;
        (self.say)(&format!(
            "proven: {} broke it; the pull request is open: {}/proposals/{}",
            proposal.culprit.commit.short(),
            self.client.url(),
            proposal.id
        ));
        Ok(outcome)
    }

    /// Approves the proposal as a signed-in person.
    pub fn approve(&self, person: &Client) -> Result<()> {
        let proposal = self.detail()?.proposal.context("there is no proposal to approve")?;
        let reason = Reason { reason: "the demo's evidence holds".into() };
        let _: Proposal = person.post(&format!("/proposals/{}/approve", proposal.id), &reason)?;
        (self.say)("approved");
        Ok(())
    }

    /// Plays the CI after the merge and waits until the repair is called fixed.
    pub fn until_fixed(&mut self) -> Result<Outcome> {
        self.until(|state| matches!(state, RepairState::Merged | RepairState::Watching))?;
        self.retest()?;
        let detail = self.until(|state| state == RepairState::Fixed)?;
        (self.say)("fixed: the pattern is silent");
        self.outcome(&detail)
    }

    /// Plays the CI: whenever the branch moved, its tests run and the report is uploaded.
    pub fn keep_testing(&mut self, every: Duration) -> Result<()> {
        let mut tested = self.demo.head()?;
        loop {
            sleep(every);
            let head = self.demo.head()?;
            if head != tested {
                self.retest()?;
                tested = head;
            }
        }
    }

    fn retest(&self) -> Result<()> {
        let commit = self.demo.head()?;
        let receipt = upload::junit(&self.client, &self.demo.story.name, &commit, self.demo.test()?)?;
        (self.say)(&format!("CI after the merge: {} passed, {} failed", receipt.passed, receipt.failed));
        Ok(())
    }

    fn connect(&self) -> Result<()> {
        let story = &self.demo.story;
        let known: Page<Repository> = self.client.get("/repositories")?;
        if known.items.iter().any(|repository| repository.name == story.name) {
            return Ok(());
        }
        let gates = GatePlan {
            setup: story.gates.setup.clone(),
            fast: story.gates.fast.clone(),
            full: story.gates.full.clone(),
            reports: Vec::new(),
            timeout_seconds: 60,
        };
        let settings = RepositorySettings {
            enabled: true,
            watch_window_seconds: match self.tempo {
                Tempo::Visitor => 60,
                Tempo::Once => 1,
            },
            watch_min_observations: 1,
            gates,
            ..RepositorySettings::default()
        };
        let request = ConnectRepository {
            name: story.name.clone(),
            remote: self.demo.path.to_string_lossy().into_owned(),
            default_branch: Some(story.default_branch.clone()),
            services: vec![story.service_name.clone()],
            settings: Some(settings),
        };
        let _: Repository = self.client.post("/repositories", &request)?;
        (self.say)("connected; self-healing is on at level 0: a person merges");
        Ok(())
    }

    fn pattern(&self) -> Result<Pattern> {
        // The report's id of the test has `::` where Python has a dot.
        let test = &self.demo.story.failing_test;
        let name = test.rsplit('.').next().unwrap_or(test);
        let page: Page<Pattern> = self.client.get(&format!("/patterns?q={name}"))?;
        page.items.into_iter().find(|pattern| pattern.test.is_some()).context("the failure made no pattern")
    }

    fn repair_of(&self, pattern: &Pattern) -> Result<Option<Repair>> {
        let detail: PatternDetail = self.client.get(&format!("/patterns/{}", pattern.id))?;
        Ok(detail.repairs.into_iter().next())
    }

    fn detail(&self) -> Result<RepairDetail> {
        let id = self.repair.context("no repair is under way")?;
        self.client.get(&format!("/repairs/{id}"))
    }

    fn until(&self, reached: impl Fn(RepairState) -> bool) -> Result<RepairDetail> {
        let mut told = None;
        self.wait("the repair", |journey| {
            let detail = journey.detail()?;
            let state = detail.repair.state;
            if told != Some(detail.repair.reason.clone()) {
                (journey.say)(&format!("{}: {}", state.as_str(), detail.repair.reason));
                told = Some(detail.repair.reason.clone());
            }
            if !reached(state) && state.is_final() {
                bail!("the repair ended {}: {}", state.as_str(), detail.repair.reason);
            }
            Ok(reached(state).then_some(detail))
        })
    }

    fn wait<T>(&self, what: &str, mut look: impl FnMut(&Self) -> Result<Option<T>>) -> Result<T> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            sleep(POLL);
        }
        bail!("{what} did not get on within {} s", PATIENCE.as_secs())
    }

    fn outcome(&self, detail: &RepairDetail) -> Result<Outcome> {
        let proposal = detail.proposal.as_ref().context("the repair made no proposal")?;
        let pattern: PatternDetail = self.client.get(&format!("/patterns/{}", proposal.pattern))?;
        let mut states: Vec<RepairState> = detail.journal.iter().map(|entry| entry.state).collect();
        states.dedup();
        let passed = |claim| {
            let last = proposal.evidence.iter().rev().find(|evidence| evidence.claim == claim);
            last.is_some_and(|evidence| evidence.holds)
        };
        let found = detail.journal.iter().find_map(|entry| match &entry.observation {
            Observation::RevertBuilt { culprit, .. } => Some(culprit.commit.to_string()),
            _ => None,
        });
        debug_assert!(proposal.state != ProposalState::Closed, "{}", json!(proposal.state));
        Ok(Outcome {
            pattern_id: pattern.latest.pattern_id.to_string(),
            culprit_expected: self.demo.story.culprit.clone(),
            culprit_found: found.unwrap_or_default(),
            proposal: proposal.id.to_string(),
            risk: proposal.risk.score,
            gates: Gates { fast: passed(Claim::FastGate), full: passed(Claim::FullGate) },
            states,
            seconds: self.started.elapsed().as_secs_f64(),
        })
    }
}
