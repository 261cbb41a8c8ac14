//! OTLP over gRPC.

use devos_contracts::scope::TokenScope;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::cloud::{Cloud, Credentials, unique};
use crate::otlp::{counts, log, logs, points, span, spans, stored_points};

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
async fn every_signal_is_stored_however_it_is_compressed() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let channel = channel(&cloud).await;
    let mut batches = 0;
    for coding in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
        let mut logs_client = LogsServiceClient::new(channel.clone());
        let mut traces_client = TraceServiceClient::new(channel.clone());
        let mut metrics_client = MetricsServiceClient::new(channel.clone());
        if let Some(coding) = coding {
            logs_client = logs_client.send_compressed(coding);
            traces_client = traces_client.send_compressed(coding);
            metrics_client = metrics_client.send_compressed(coding);
        }
        let answer = logs_client.export(signed(&token, logs("shop", vec![log(9, &unique("served"))]))).await.unwrap();
        assert_eq!(answer.into_inner().partial_success, None);
        let answer = traces_client.export(signed(&token, spans("shop", vec![span(1), span(2)]))).await.unwrap();
        assert_eq!(answer.into_inner().partial_success, None);
        let answer = metrics_client.export(signed(&token, points("shop", &[Some(1.0); 3]))).await.unwrap();
        assert_eq!(answer.into_inner().partial_success, None);
        batches += 1;
        assert_eq!(counts(&cloud).await, [batches, 2 * batches, 3 * batches, 1]);
        assert_eq!(stored_points(&cloud).await, 3 * batches);
    }
}

#[tokio::test]
async fn a_bad_point_is_named() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let mut client = MetricsServiceClient::new(channel(&cloud).await);
    let answer = client.export(signed(&token, points("shop", &[None, Some(1.0)]))).await.unwrap();
    let error_message = "1 invalid_point".to_owned();
    let partial = ExportMetricsPartialSuccess { rejected_data_points: 1, error_message };
    assert_eq!(answer.into_inner().partial_success, Some(partial));
    assert_eq!(stored_points(&cloud).await, 1);
}

#[tokio::test]
async fn what_is_too_large_is_not_to_be_tried_again() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let large = |size: usize| logs("shop", vec![log(9, &"a".repeat(size))]);
    let plain = export(&cloud, &token, large(9 << 20)).await.unwrap_err();
    let mut refusals = vec![(plain, Code::ResourceExhausted)];
    for coding in [CompressionEncoding::Gzip, CompressionEncoding::Zstd] {
        let mut client = LogsServiceClient::new(channel(&cloud).await).send_compressed(coding);
        let bomb = client.export(signed(&token, large(65 << 20))).await.unwrap_err();
        refusals.push((bomb, Code::ResourceExhausted));
        let many = logs("shop", vec![LogRecord::default(); 100_001]);
        let many = client.export(signed(&token, many)).await.unwrap_err();
        refusals.push((many, Code::InvalidArgument));
    }
    for (refused, code) in refusals {
        assert_eq!(refused.code(), code, "{}", refused.message());
        assert!(refused.get_details_retry_info().is_none(), "{refused:?}");
    }
    assert_eq!(counts(&cloud).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_server_without_its_database_says_when_to_try_again() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    cloud.app.store.close().await;
    let refused = export(&cloud, &token, logs("shop", vec![log(9, "served")])).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{}", refused.message());
    let info = refused.get_details_retry_info().unwrap();
    assert_eq!(info.retry_delay, Some(std::time::Duration::from_secs(5)));
}

/// Posts a frame as no client of ours would; answers the HTTP status and the gRPC code.
async fn post(cloud: &Cloud, who: &Credentials, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let mut request = who.sign(client.post(format!("{}{path}", cloud.grpc))).body(body.to_vec());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let code = answer.headers().get("grpc-status").map_or("", |code| code.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), code)
}

#[tokio::test]
async fn what_is_no_call_of_ours_is_refused() {
    let cloud = Cloud::start().await;
    let token = cloud.token(&[TokenScope::Ingest]).await;
    let path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let grpc = ("content-type", "application/grpc");
    let refused = |status: u16, code: Code| (status, (code as i32).to_string());
    let empty = b"\0\0\0\0\0";
    for (path, headers, body, expected) in [
        (path, &[grpc][..], &b""[..], refused(200, Code::InvalidArgument)),
        (path, &[grpc], b"\0\0\0\0\x09short", refused(200, Code::InvalidArgument)),
        (path, &[grpc], b"\0\0\0\0\x02no", refused(200, Code::InvalidArgument)),
        (path, &[grpc, ("grpc-encoding", "gzip")], b"\x01\0\0\0\x02no", refused(200, Code::InvalidArgument)),
        (path, &[grpc, ("grpc-encoding", "snappy")], empty, refused(200, Code::Unimplemented)),
        (
            "/opentelemetry.proto.collector.logs.v1.LogsService/Import",
            &[grpc],
            empty,
            refused(200, Code::Unimplemented),
        ),
        (path, &[("content-type", "application/json")], empty, (415, String::new())),
    ] {
        assert_eq!(post(&cloud, &token, path, headers, body).await, expected, "{headers:?} {body:?}");
    }
    let reading = cloud.token(&[TokenScope::Read]).await;
    let odd = [grpc, ("grpc-encoding", "snappy")];
    assert_eq!(post(&cloud, &reading, path, &odd, b"garbage").await, refused(200, Code::PermissionDenied));
    assert_eq!(post(&cloud, &token, path, &[grpc], empty).await, (200, String::new()));
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
