//! What can be asked of a metric.

use devos_contracts::telemetry::MetricKind;

/// A question: the operation, and the quantile where it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The word of the address bar.
    pub word: &'static str,
    /// The label.
    pub label: &'static str,
    /// The API's operation.
    pub op: &'static str,
    /// The quantile; empty for other operations.
    pub quantile: &'static str,
}

const fn question(word: &'static str, label: &'static str, op: &'static str, quantile: &'static str) -> Question {
    Question { word, label, op, quantile }
}

const RATE: Question = question("rate", "Rate", "rate", "");
const SUM: Question = question("sum", "Sum", "sum", "");
const AVG: Question = question("avg", "Mean", "avg", "");
const MIN: Question = question("min", "Least", "min", "");
const MAX: Question = question("max", "Greatest", "max", "");
const P50: Question = question("p50", "p50", "quantile", "0.5");
const P95: Question = question("p95", "p95", "quantile", "0.95");
const P99: Question = question("p99", "p99", "quantile", "0.99");

/// What can be asked of a kind, the usual question first. Sums that fall have no rate and those that only grow have no
/// mean; the list of metrics does not tell them apart, the API's answer does.
pub fn questions(kind: MetricKind) -> &'static [Question] {
    match kind {
        MetricKind::Gauge => &[AVG, MIN, MAX, SUM],
        MetricKind::Sum => &[RATE, SUM, AVG, MIN, MAX],
        MetricKind::Histogram | MetricKind::ExponentialHistogram => &[P95, P50, P99, AVG, RATE, SUM],
        MetricKind::Summary => &[AVG, RATE, SUM],
    }
}

/// The question with this word, or the usual one.
pub fn asked(kind: MetricKind, word: &str) -> Question {
    let questions = questions(kind);
    questions.iter().find(|question| question.word == word).copied().unwrap_or(questions[0])
}

/// What to ask when the usual question was refused and nobody chose it.
pub fn instead(kind: MetricKind) -> Option<&'static str> {
    (kind == MetricKind::Sum).then_some("avg")
}

/// A kind's name.
pub fn kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "Gauge",
        MetricKind::Sum => "Sum",
        MetricKind::Histogram => "Histogram",
        MetricKind::ExponentialHistogram => "Exp. histogram",
        MetricKind::Summary => "Summary",
    }
}

/// A kind's word in addresses.
pub fn kind_word(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "gauge",
        MetricKind::Sum => "sum",
        MetricKind::Histogram => "histogram",
        MetricKind::ExponentialHistogram => "exponential_histogram",
        MetricKind::Summary => "summary",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_usual_question() {
        let usual = [MetricKind::Gauge, MetricKind::Sum, MetricKind::Histogram, MetricKind::Summary]
            .map(|kind| asked(kind, "").word);
        assert_eq!(usual, ["avg", "rate", "p95", "avg"]);
    }

    #[test]
    fn a_question_that_does_not_suit_falls_back() {
        assert_eq!(asked(MetricKind::Gauge, "p99").word, "avg");
        assert_eq!(asked(MetricKind::Histogram, "p99").quantile, "0.99");
        assert_eq!((instead(MetricKind::Sum), instead(MetricKind::Gauge)), (Some("avg"), None));
    }
}
