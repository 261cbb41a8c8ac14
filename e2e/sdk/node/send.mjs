// Sends a span, a log record and one metric of each kind over every transport of the JavaScript SDK.

import { DiagLogLevel, diag } from "@opentelemetry/api";
import { OTLPLogExporter as GrpcLogs } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as GrpcMetrics } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as GrpcSpans } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonSpans } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoSpans } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { createRequire } from "node:module";

const http = process.env.DEVOS_OTLP_HTTP ?? "http://127.0.0.1:24318";
const grpc = process.env.DEVOS_OTLP_GRPC ?? "http://127.0.0.1:24317";
const authorization = `Bearer ${process.env.DEVOS_TOKEN}`;
// The gRPC library of the exporters themselves: its metadata is recognised by its class.
const require = createRequire(createRequire(import.meta.url).resolve("@opentelemetry/exporter-trace-otlp-grpc"));
const { Metadata } = require("@grpc/grpc-js");

// Exporters tell of failures to this logger alone.
const failures = [];
const told = (...words) => failures.push(words.map(String).join(" "));
diag.setLogger({ error: told, warn: told, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

function overHttp(kinds, compression) {
  const paths = ["traces", "logs", "metrics"];
  return kinds.map((Kind, index) => new Kind({ url: `${http}/v1/${paths[index]}`, headers: { authorization }, compression }));
}

function overGrpc(compression) {
  const metadata = new Metadata();
  metadata.set("authorization", authorization);
  return [GrpcSpans, GrpcLogs, GrpcMetrics].map((Kind) => new Kind({ url: grpc, metadata, compression }));
}

async function send(service, [spans, logs, metrics]) {
  const resource = resourceFromAttributes({ "service.name": service });
  const tracers = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(spans)] });
  const loggers = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter: logs })] });
  const readers = [new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })];
  const exponential = { instrumentName: "exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } };
  const meters = new MeterProvider({ resource, readers, views: [exponential] });
  const meter = meters.getMeter("check");
  meter.createObservableGauge("observed").addCallback((result) => result.observe(2.5, { room: "a" }));
  const span = tracers.getTracer("check").startSpan("work");
  meter.createCounter("counter").add(3, { route: "/cart" });
  meter.createUpDownCounter("up_down").add(-1);
  meter.createGauge("gauge").record(21.5);
  meter.createHistogram("histogram", { unit: "ms" }).record(12.5);
  const recorded = meter.createHistogram("exponential", { unit: "ms" });
  for (const value of [0, 0.5, 12.5, 4000]) recorded.record(value);
  loggers.getLogger("check").emit({ severityNumber: 13, body: `worked in ${service}`, attributes: { deep: { a: [1, 2.5, true] } } });
  span.end();
  for (const provider of [tracers, loggers, meters]) await provider.shutdown();
}

const json = [JsonSpans, JsonLogs, JsonMetrics];
const proto = [ProtoSpans, ProtoLogs, ProtoMetrics];
for (const [name, exporters] of Object.entries({
  json: overHttp(json, "none"),
  "json-gzip": overHttp(json, "gzip"),
  proto: overHttp(proto, "none"),
  "proto-gzip": overHttp(proto, "gzip"),
  grpc: overGrpc("none"),
  "grpc-gzip": overGrpc("gzip"),
})) {
  await send(`sdk-node-${name}`, exporters);
  console.log(name, "sent");
}
if (failures.length > 0) {
  console.error(failures.join("\n"));
  process.exit(1);
}
