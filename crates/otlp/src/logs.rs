//! OTLP logs.

use devos_contracts::telemetry::{InstrumentationScope, LogRecord, RefusalReason, TelemetryBatch, TelemetrySignal};
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    logs::v1::{LogRecord as ProtoRecord, ResourceLogs, SeverityNumber},
};

use crate::{
    Encoding,
    batch::{BatchBuilder, scope},
    error::DecodeError,
    export::{self, Export},
    identifier, instant, json,
    value::{attributes, body, clean},
};

/// Decodes an OTLP `ExportLogsServiceRequest`.
pub fn decode_logs(body: &[u8], encoding: Encoding) -> Result<TelemetryBatch, DecodeError> {
    export::read::<ExportLogsServiceRequest>(body, encoding)
}

impl Export for ExportLogsServiceRequest {
    type Json = json::ExportLogs;
    const SIGNAL: TelemetrySignal = TelemetrySignal::Logs;

    fn records(&self) -> usize {
        self.resource_logs.iter().map(records).sum()
    }

    fn batch(self) -> TelemetryBatch {
        logs_from_proto(self)
    }
}

/// Turns a decoded `ExportLogsServiceRequest` into a batch; records that cannot be taken are counted in `refused`.
pub fn logs_from_proto(request: ExportLogsServiceRequest) -> TelemetryBatch {
    let mut builder = BatchBuilder::new(TelemetrySignal::Logs);
    for group in request.resource_logs {
        take_group(&mut builder, group);
    }
    builder.batch
}

fn records(group: &ResourceLogs) -> usize {
    group.scope_logs.iter().map(|scope| scope.log_records.len()).sum()
}

fn take_group(builder: &mut BatchBuilder, group: ResourceLogs) {
    let records = records(&group);
    if records == 0 {
        return;
    }
    let resource = match builder.resource(group.resource) {
        Ok(resource) => resource,
        Err(reason) => return builder.refuse(reason, records),
    };
    for scope_logs in group.scope_logs {
        let scope = scope(scope_logs.scope);
        for proto in scope_logs.log_records {
            match record(proto, resource, &scope) {
                Ok(record) => builder.batch.logs.push(record),
                Err(reason) => builder.refuse(reason, 1),
            }
        }
    }
}

fn record(proto: ProtoRecord, resource: usize, scope: &InstrumentationScope) -> Result<LogRecord, RefusalReason> {
    // A span id means nothing without its trace.
    let trace_id = identifier::valid(&proto.trace_id);
    let span_id = trace_id.and_then(|_| identifier::valid(&proto.span_id));
    Ok(LogRecord {
        resource,
        timestamp: instant::at(proto.time_unix_nano).or_else(|| instant::at(proto.observed_time_unix_nano)),
        severity_number: severity(proto.severity_number),
        severity_text: clean(proto.severity_text),
        body: body(proto.body)?,
        attributes: attributes(proto.attributes)?,
        trace_id,
        span_id,
        scope: scope.clone(),
        event_name: clean(proto.event_name),
    })
}

fn severity(number: i32) -> i16 {
    SeverityNumber::try_from(number).ok().and_then(|known| i16::try_from(i32::from(known)).ok()).unwrap_or_default()
}
