//! One test case while it is read.

use std::time::Duration;

use devos_contracts::ci::{TestCase, TestOutcome};

use super::{
    markup::Element,
    outcome::{Attempt, Verdict},
};
use crate::text::name;

/// Where a failure happened, as the failure itself says.
pub(super) type Place = (String, Option<u32>);

/// A test case that is still open.
pub(super) struct OpenCase {
    case: TestCase,
    verdict: Verdict,
    place: Option<Place>,
}

impl OpenCase {
    /// Opens the case with its own attributes; `suite` and `file` are those of the suites around it.
    pub(super) fn new(element: &Element, suite: String, file: Option<String>, text_bytes: usize) -> Self {
        let case = TestCase {
            suite,
            class_name: element.attribute(&["classname", "class"]).map(name).unwrap_or_default(),
            name: element.attribute(&["name"]).map(name).unwrap_or_default(),
            file: source_file(element).or(file),
            line: source_line(element),
            duration_ms: element.attribute(&["time"]).map_or(0, milliseconds),
            outcome: TestOutcome::Passed,
            flaky: false,
        };
        Self { case, verdict: Verdict::new(element, text_bytes), place: None }
    }

    /// Takes in an element of the case; true when its text belongs to a failing attempt.
    pub(super) fn open(&mut self, element: &Element) -> bool {
        if element.name == "skipped" {
            self.verdict.skip();
        }
        let Some(attempt) = Attempt::of(&element.name) else {
            return false;
        };
        self.verdict.begin(attempt, element);
        if self.place.is_none() {
            self.place = source_file(element).map(|file| (file, source_line(element)));
        }
        true
    }

    pub(super) fn text(&mut self, text: &str) {
        self.verdict.text(text);
    }

    pub(super) fn end_attempt(&mut self) {
        self.verdict.end();
    }

    /// The case as far as its own attributes and elements go, and the place of its failure.
    pub(super) fn close(self) -> (TestCase, Option<Place>) {
        let case = TestCase { flaky: self.verdict.flaky, outcome: self.verdict.outcome(), ..self.case };
        (case, self.place)
    }
}

/// Puts the place that a failure names on its case, unless the case names a line itself.
pub(super) fn locate(case: &mut TestCase, place: Option<Place>) {
    if let (None, Some((file, line))) = (case.line, place) {
        case.file = Some(file);
        case.line = line;
    }
}

/// The source file that a suite, case or failure names.
pub(super) fn source_file(element: &Element) -> Option<String> {
    element.attribute(&["file", "filepath"]).map(name)
}

fn source_line(element: &Element) -> Option<u32> {
    element.attribute(&["line", "lineno"])?.parse().ok()
}

/// Seconds as text to whole milliseconds; zero for what is not a duration. Surefire groups thousands with commas, and
/// some locales write a decimal comma.
fn milliseconds(seconds: &str) -> u64 {
    let decimal_comma = !seconds.contains('.') && seconds.matches(',').count() == 1;
    let seconds = seconds.replace(',', if decimal_comma { "." } else { "" });
    let duration = seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.map_or(0, |duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn times_are_read_as_runners_write_them() {
        for (text, expected) in [
            ("1.861", 1861),
            ("0", 0),
            ("4.50611114501953e-05", 0),
            ("1,234.567", 1_234_567),
            ("0,5", 500),
            ("999638317", 999_638_317_000),
            ("-1", 0),
            ("NaN", 0),
            ("inf", 0),
            ("1e300", 0),
            ("computed", 0),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
