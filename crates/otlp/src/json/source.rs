//! Where records come from: `Resource` and `InstrumentationScope`.

use opentelemetry_proto::tonic::{
    common::v1::InstrumentationScope as ProtoScope, resource::v1::Resource as ProtoResource,
};
use serde::Deserialize;

use super::{
    any::KeyValue,
    message::{Messages, repeated},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource {
    attributes: Messages<KeyValue>,
}

impl From<Resource> for ProtoResource {
    fn from(resource: Resource) -> Self {
        Self { attributes: repeated(resource.attributes), ..Self::default() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct InstrumentationScope {
    name: Option<String>,
    version: Option<String>,
}

impl From<InstrumentationScope> for ProtoScope {
    fn from(scope: InstrumentationScope) -> Self {
        Self { name: scope.name.unwrap_or_default(), version: scope.version.unwrap_or_default(), ..Self::default() }
    }
}
