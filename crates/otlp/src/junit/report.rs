//! Elements to test cases.

use devos_contracts::ci::{TestCase, TestReport};

use super::{
    JunitLimits,
    case::{OpenCase, Place, locate, source_file},
    markup::Element,
};
use crate::error::DecodeError;
use crate::retries;
use crate::text::{cut, name};

/// What an open element is to its report.
enum Role {
    Root,
    Suite,
    Case,
    Attempt,
    Ignored,
}

/// An open suite: its path from the root and its source file.
struct Suite {
    path: String,
    file: Option<String>,
}

/// A report in the making.
pub(super) struct ReportBuilder {
    limits: JunitLimits,
    roles: Vec<Role>,
    suites: Vec<Suite>,
    case: Option<OpenCase>,
    cases: Vec<(TestCase, Option<Place>)>,
    rooted: bool,
}

impl ReportBuilder {
    pub(super) fn new(limits: JunitLimits) -> Self {
        Self { limits, roles: Vec::new(), suites: Vec::new(), case: None, cases: Vec::new(), rooted: false }
    }

    pub(super) fn open(&mut self, element: &Element) -> Result<(), DecodeError> {
        let role = match (self.roles.last(), element.name.as_str()) {
            (None | Some(Role::Root | Role::Suite), "testsuites") => Role::Root,
            (None | Some(Role::Root | Role::Suite), "testsuite") => Role::Suite,
            (None, other) => {
                let other = cut(other, 80);
                return Err(DecodeError::unsupported(format!(
                    "the root element <{other}> is not that of a JUnit report"
                )));
            }
            (Some(Role::Root | Role::Suite), "testcase") => Role::Case,
            (Some(Role::Case), _) => self.open_in_case(element),
            // Output is no part of a failure's text; anything else inside, like Surefire's `stackTrace`, is.
            (Some(Role::Attempt), name) if !matches!(name, "system-out" | "system-err") => Role::Attempt,
            _ => Role::Ignored,
        };
        match role {
            Role::Root => self.rooted = true,
            Role::Suite => self.open_suite(element),
            Role::Case => self.open_case(element)?,
            Role::Attempt | Role::Ignored => {}
        }
        self.roles.push(role);
        Ok(())
    }

    pub(super) fn text(&mut self, text: &str) {
        if let (Some(Role::Attempt), Some(case)) = (self.roles.last(), &mut self.case) {
            case.text(text);
        }
    }

    pub(super) fn close(&mut self) {
        match self.roles.pop() {
            Some(Role::Suite) => drop(self.suites.pop()),
            Some(Role::Case) => self.cases.extend(self.case.take().map(OpenCase::close)),
            Some(Role::Attempt) if matches!(self.roles.last(), Some(Role::Case)) => {
                if let Some(case) = &mut self.case {
                    case.end_attempt();
                }
            }
            Some(Role::Root | Role::Attempt | Role::Ignored) | None => {}
        }
    }

    pub(super) fn finish(self) -> Result<TestReport, DecodeError> {
        if !self.rooted {
            return Err(DecodeError::malformed("no XML element in the document"));
        }
        let (mut cases, places): (Vec<_>, Vec<_>) = self.cases.into_iter().unzip();
        // Before a failure's place sets its case apart from the attempt that passed.
        retries::mark(&mut cases);
        for (case, place) in cases.iter_mut().zip(places) {
            locate(case, place);
        }
        Ok(TestReport { cases })
    }

    fn open_suite(&mut self, element: &Element) {
        self.rooted = true;
        let parent = self.suites.last();
        let path = match (parent.map_or("", |suite| &suite.path), element.attribute(&["name"]).unwrap_or_default()) {
            ("", own) => name(own),
            (path, "") => path.to_owned(),
            (path, own) => name(&format!("{path} > {own}")),
        };
        let file = source_file(element).or_else(|| parent.and_then(|suite| suite.file.clone()));
        self.suites.push(Suite { path, file });
    }

    fn open_case(&mut self, element: &Element) -> Result<(), DecodeError> {
        if self.cases.len() >= self.limits.cases {
            let cases = self.limits.cases;
            return Err(DecodeError::unsupported(format!("more than {cases} test cases in one report")));
        }
        let (path, file) = self.suites.last().map(|suite| (suite.path.clone(), suite.file.clone())).unwrap_or_default();
        self.case = Some(OpenCase::new(element, path, file, self.limits.text_bytes));
        Ok(())
    }

    fn open_in_case(&mut self, element: &Element) -> Role {
        let fails = self.case.as_mut().is_some_and(|case| case.open(element));
        if fails { Role::Attempt } else { Role::Ignored }
    }
}
