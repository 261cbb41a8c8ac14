//! OTLP over gRPC.

use devos_contracts::problem::ProblemCode;
use devos_contracts::telemetry::TelemetryBatch;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};

use crate::http::Shared;
use crate::http::auth;
use crate::http::otlp::{grpc_code, partial_success};
use crate::http::problem::Failure;

/// The largest message after decompression.
const MAX_MESSAGE: usize = 64 << 20;

struct Receiver {
    app: Shared,
}

/// The logs and traces services.
pub fn routes(app: Shared) -> Routes {
    let logs = LogsServiceServer::new(Receiver { app: app.clone() })
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_MESSAGE);
    let traces = TraceServiceServer::new(Receiver { app })
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_MESSAGE);
    Routes::new(logs).add_service(traces)
}

impl Receiver {
    async fn accept(
        &self,
        metadata: MetadataMap,
        digest: [u8; 32],
        batch: TelemetryBatch,
    ) -> Result<Option<(i64, String)>, Status> {
        let scope = auth::bearer(&self.app, &metadata.into_headers())
            .await
            .map_err(|failure| status(&failure))?
            .ok_or_else(|| Status::unauthenticated("send an API token with the ingest scope"))?;
        let accepted =
            self.app.ingest.accept(&scope, batch, &digest).await.map_err(|error| status(&Failure::from(error)))?;
        Ok(partial_success(&accepted))
    }
}

fn status(failure: &Failure) -> Status {
    let mut status = Status::new(Code::from_i32(grpc_code(failure.code)), failure.detail.clone());
    if failure.code == ProblemCode::Unavailable {
        status.metadata_mut().insert("retry-after", tonic::metadata::MetadataValue::from_static("5"));
    }
    status
}

#[tonic::async_trait]
impl LogsService for Receiver {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let digest = Sha256::digest(message.encode_to_vec()).into();
        let partial = self.accept(metadata, digest, devos_otlp::logs_from_proto(message)).await?;
        Ok(Response::new(ExportLogsServiceResponse {
            partial_success: partial.map(|(rejected_log_records, error_message)| ExportLogsPartialSuccess {
                rejected_log_records,
                error_message,
            }),
        }))
    }
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let digest = Sha256::digest(message.encode_to_vec()).into();
        let partial = self.accept(metadata, digest, devos_otlp::traces_from_proto(message)).await?;
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success: partial
                .map(|(rejected_spans, error_message)| ExportTracePartialSuccess { rejected_spans, error_message }),
        }))
    }
}
