//! What one test case's elements and attributes say about its outcome.

use devos_contracts::ci::{TestFailure, TestOutcome};

use super::markup::Element;
use crate::text::{CappedText, cut};

/// What a failing attempt means for the test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The test failed (`failure`, `error`).
    Final,
    /// A retry failed as well (`rerunFailure`, `rerunError`).
    Rerun,
    /// An attempt failed before one passed (`flakyFailure`, `flakyError`).
    Flaky,
}

impl Attempt {
    /// The attempt that an element of a test case stands for.
    pub(super) fn of(element: &str) -> Option<Self> {
        match element {
            "failure" | "error" => Some(Self::Final),
            "rerunFailure" | "rerunError" => Some(Self::Rerun),
            "flakyFailure" | "flakyError" => Some(Self::Flaky),
            _ => None,
        }
    }
}

/// The failing attempts of one test case, gathered while reading it.
pub(super) struct Verdict {
    limit: usize,
    status: Status,
    current: Option<Attempt>,
    failure: Option<(TestFailure, CappedText)>,
    rerun: Option<(TestFailure, CappedText)>,
    pub(super) flaky: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Unknown,
    Skipped,
    Failed,
}

impl Verdict {
    /// Starts from the test case's own attributes (`CTest` and `GoogleTest` write the outcome there).
    pub(super) fn new(case: &Element, limit: usize) -> Self {
        let said = |words: &[&str]| {
            let values = [case.attribute(&["status"]), case.attribute(&["result"])];
            values.into_iter().flatten().any(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)))
        };
        let status = if said(&["failed", "failure", "fail", "error", "errored"]) {
            Status::Failed
        } else if said(&["disabled", "skipped", "ignored", "notrun", "suppressed", "pending"]) {
            Status::Skipped
        } else {
            Status::Unknown
        };
        Self { limit, status, current: None, failure: None, rerun: None, flaky: false }
    }

    pub(super) fn skip(&mut self) {
        self.status = Status::Skipped;
    }

    /// Begins an attempt; the first of its kind gives kind and message, later ones go on in its text.
    pub(super) fn begin(&mut self, attempt: Attempt, element: &Element) {
        self.current = Some(attempt);
        let kind = element.attribute(&["type"]).unwrap_or_default();
        let message = element.attribute(&["message"]).unwrap_or_default();
        let place = match attempt {
            Attempt::Final => &mut self.failure,
            Attempt::Rerun => &mut self.rerun,
            Attempt::Flaky => {
                self.flaky = true;
                return;
            }
        };
        match place {
            None => {
                let failure =
                    TestFailure { kind: cut(kind, self.limit), message: cut(message, self.limit), text: String::new() };
                *place = Some((failure, CappedText::new(self.limit)));
            }
            Some((_, text)) if attempt == Attempt::Final => {
                text.separate("\n\n");
                if !message.is_empty() {
                    text.push(message);
                    text.separate("\n");
                }
            }
            Some(_) => self.current = None,
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let place = match self.current {
            Some(Attempt::Final) => &mut self.failure,
            Some(Attempt::Rerun) => &mut self.rerun,
            Some(Attempt::Flaky) | None => return,
        };
        if let Some((_, kept)) = place {
            kept.push(text);
        }
    }

    pub(super) fn end(&mut self) {
        self.current = None;
    }

    /// A failure shown outweighs every other sign; a skip outweighs a pass.
    pub(super) fn outcome(self) -> TestOutcome {
        match (self.failure.or(self.rerun), self.status) {
            (Some((failure, text)), _) => TestOutcome::Failed(TestFailure { text: text.finish(), ..failure }),
            (None, Status::Failed) => TestOutcome::Failed(TestFailure::default()),
            (None, Status::Skipped) => TestOutcome::Skipped,
            (None, Status::Unknown) => TestOutcome::Passed,
        }
    }
}
