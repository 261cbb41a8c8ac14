//! OTLP over gRPC.

use devos_contracts::scope::TokenScope;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use crate::cloud::{Cloud, Credentials, unique};
use crate::otlp::{counts, log, logs, span, spans};

async fn channel(cloud: &Cloud) -> Channel {
    Endpoint::from_shared(cloud.grpc.clone()).unwrap().connect().await.unwrap()
}

fn signed<T>(who: &Credentials, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Credentials::Token(secret) = who {
        request.metadata_mut().insert("authorization", format!("Bearer {secret}").parse().unwrap());
    }
    request
}

async fn export(cloud: &Cloud, who: &Credentials, request: ExportLogsServiceRequest) -> Result<(), Status> {
    let answer = LogsServiceClient::new(channel(cloud).await).export(signed(who, request)).await?;
    assert_eq!(answer.into_inner().partial_success, None);
    Ok(())
}

#[tokio::test]
async fn logs_and_traces_are_stored() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    export(&cloud, &token, logs("shop", vec![log(9, "served")])).await.unwrap();
    let mut client = TraceServiceClient::new(channel(&cloud).await).send_compressed(CompressionEncoding::Gzip);
    let answer = client.export(signed(&token, spans("shop", vec![span(1), span(2)]))).await.unwrap();
    assert_eq!(answer.into_inner().partial_success, None);
    assert_eq!(counts(&cloud).await, [1, 2, 2, 1]);
}

#[tokio::test]
async fn a_repeated_request_is_stored_once() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let request = logs("shop", vec![log(17, "KeyError")]);
    for _ in 0..3 {
        export(&cloud, &token, request.clone()).await.unwrap();
    }
    assert_eq!(counts(&cloud).await, [1, 0, 1, 1]);
}

#[tokio::test]
async fn a_bad_span_is_named() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let mut client = TraceServiceClient::new(channel(&cloud).await);
    let answer = client.export(signed(&token, spans("shop", vec![span(0), span(1)]))).await.unwrap();
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "1 invalid_id".to_owned() };
    assert_eq!(answer.into_inner().partial_success, Some(partial));
    assert_eq!(counts(&cloud).await, [0, 1, 1, 1]);
}

#[tokio::test]
async fn only_a_token_that_may_ingest_is_let_in() {
    let cloud = Cloud::start().await;
    let reading = cloud.token(&[TokenScope::Read, TokenScope::Admin]).await;
    for (who, code) in [
        (Credentials::None, Code::Unauthenticated),
        (Credentials::Token(unique("dvs_")), Code::Unauthenticated),
        (reading, Code::PermissionDenied),
    ] {
        let refused = export(&cloud, &who, logs("shop", vec![log(9, "served")])).await.unwrap_err();
        assert_eq!(refused.code(), code, "{}", refused.message());
        assert!(!refused.message().is_empty());
    }
    assert_eq!(counts(&cloud).await, [0, 0, 0, 0]);
}
