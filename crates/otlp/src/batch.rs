//! Collecting one request into a batch.

use std::collections::BTreeMap;

use devos_contracts::telemetry::{
    InstrumentationScope, Refusal, RefusalReason, Resource, TelemetryBatch, TelemetrySignal,
};
use opentelemetry_proto::tonic::{
    common::v1::InstrumentationScope as ProtoScope, resource::v1::Resource as ProtoResource,
};

use crate::value::{attributes, clean};

/// A batch in the making: resources are stored once, refusals are counted by reason.
pub(crate) struct BatchBuilder {
    pub(crate) batch: TelemetryBatch,
    signal: TelemetrySignal,
    known: BTreeMap<String, usize>,
}

impl BatchBuilder {
    pub(crate) fn new(signal: TelemetrySignal) -> Self {
        Self { batch: TelemetryBatch::default(), signal, known: BTreeMap::new() }
    }

    /// The resource's place in the batch.
    pub(crate) fn resource(&mut self, resource: Option<ProtoResource>) -> Result<usize, RefusalReason> {
        let attributes = attributes(resource.unwrap_or_default().attributes)?;
        let resources = &mut self.batch.resources;
        let key = serde_json::Value::Object(attributes.clone()).to_string();
        Ok(*self.known.entry(key).or_insert_with(|| {
            resources.push(Resource { attributes });
            resources.len() - 1
        }))
    }

    /// Counts records that cannot be taken.
    pub(crate) fn refuse(&mut self, reason: RefusalReason, records: usize) {
        let count = u64::try_from(records).unwrap_or(u64::MAX);
        match self.batch.refused.iter_mut().find(|refusal| refusal.reason == reason) {
            Some(refusal) => refusal.count += count,
            None => self.batch.refused.push(Refusal { signal: self.signal, reason, count }),
        }
    }
}

/// The scope's name and version; its attributes have no place in the contracts.
pub(crate) fn scope(scope: Option<ProtoScope>) -> InstrumentationScope {
    let scope = scope.unwrap_or_default();
    InstrumentationScope { name: clean(scope.name), version: clean(scope.version) }
}
