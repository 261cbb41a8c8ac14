//! A filter as the store understands it; `devos_logic::filter` reads it from text.

/// What a filter chooses from; the fields differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Log records.
    Logs,
    /// Spans.
    Spans,
    /// Metric series.
    Metrics,
}

/// All terms must hold; without terms everything is chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// In the order they were written.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// True when it must not hold.
    pub negated: bool,
    /// What is looked at.
    pub field: Field,
    /// What must be found there. Nothing holds of a field that is absent.
    pub test: Test,
}

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A log's body, a span's name.
    Text,
    /// A log's event name, a span's name.
    Name,
    /// The resource's `service.name`.
    Service,
    /// A log's severity number.
    Severity,
    /// The trace's id in hex.
    Trace,
    /// The span's id in hex.
    Span,
    /// A span's status: `unset`, `ok` or `error`.
    Status,
    /// A span's duration in nanoseconds.
    Duration,
    /// An attribute of the record, else of its resource. The key is literal, dots and all.
    Attribute(String),
}

/// What must be found.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The text somewhere, in any case.
    Contains(String),
    /// Exactly the text, or the same number.
    Equals(String),
    /// The text at the beginning; in any case for [`Field::Text`].
    Prefix(String),
    /// Anything.
    Exists,
    /// A lesser number.
    Less(f64),
    /// A number no greater.
    AtMost(f64),
    /// A greater number.
    Greater(f64),
    /// A number no less.
    AtLeast(f64),
    /// A number from the first to the second.
    Within(f64, f64),
}
