//! What is read of a log.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Number;

use super::list::{First, Texts};

/// Runs of one log.
pub(super) const RUNS: usize = 100;
/// Results, rules and artifacts of one run.
pub(super) const MANY: usize = 100_000;

#[derive(Deserialize)]
pub(super) struct Log {
    pub(super) version: Option<String>,
    pub(super) runs: Option<First<Run, RUNS>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) tool: Option<Tool>,
    pub(super) results: Option<First<Outcome, MANY>>,
    pub(super) artifacts: Option<First<Artifact, MANY>>,
    pub(super) original_uri_base_ids: Option<BTreeMap<String, Option<ArtifactLocation>>>,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) driver: Option<Component>,
    pub(super) extensions: Option<First<Component, 1000>>,
}

/// The tool itself, or a plug-in of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    pub(super) name: Option<String>,
    pub(super) rules: Option<First<Rule, MANY>>,
    pub(super) global_message_strings: Option<BTreeMap<String, Option<Message>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: Option<String>,
    pub(super) default_configuration: Option<Configuration>,
    pub(super) message_strings: Option<BTreeMap<String, Option<Message>>>,
    pub(super) short_description: Option<Message>,
    pub(super) full_description: Option<Message>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) level: Option<Level>,
}

/// SARIF's `result`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    pub(super) rule_id: Option<String>,
    pub(super) rule_index: Option<Number>,
    pub(super) rule: Option<Box<RuleReference>>,
    pub(super) level: Option<Level>,
    pub(super) kind: Option<Kind>,
    pub(super) message: Option<Message>,
    pub(super) locations: Option<First<Location, 1>>,
    pub(super) suppressions: Option<First<Suppression, 16>>,
    pub(super) fingerprints: Option<Texts<16>>,
    pub(super) partial_fingerprints: Option<Texts<16>>,
    #[serde(rename = "baselineState")]
    pub(super) baseline: Option<Baseline>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReference {
    pub(super) id: Option<String>,
    pub(super) index: Option<Number>,
    pub(super) tool_component: Option<ComponentReference>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference {
    pub(super) name: Option<String>,
    pub(super) index: Option<Number>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) text: Option<String>,
    pub(super) markdown: Option<String>,
    pub(super) id: Option<String>,
    pub(super) arguments: Option<First<String, 64>>,
}

#[derive(Deserialize)]
pub(super) struct Suppression {
    pub(super) status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) physical_location: Option<PhysicalLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: Option<ArtifactLocation>,
    pub(super) region: Option<Region>,
    pub(super) context_region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub(super) uri: Option<String>,
    pub(super) uri_base_id: Option<String>,
    pub(super) index: Option<Number>,
}

#[derive(Deserialize)]
pub(super) struct Artifact {
    pub(super) location: Option<ArtifactLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: Option<Number>,
    pub(super) start_column: Option<Number>,
    pub(super) end_line: Option<Number>,
    pub(super) end_column: Option<Number>,
    pub(super) snippet: Option<Message>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Level {
    None,
    Note,
    Warning,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Pass,
    Open,
    Informational,
    NotApplicable,
    Review,
    Fail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Baseline {
    New,
    Unchanged,
    Updated,
    Absent,
}

/// An index or a line; what is none, such as the standard's -1 for "not there", is absent.
pub(super) fn whole<T: TryFrom<u64>>(number: Option<&Number>) -> Option<T> {
    number.and_then(Number::as_u64).and_then(|number| T::try_from(number).ok())
}
