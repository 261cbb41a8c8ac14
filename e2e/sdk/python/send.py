"""Sends a span, a log record and one metric of each kind over every transport of the Python SDK."""

import logging
import os
import sys

import grpc
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

HTTP = os.environ.get("DEVOS_OTLP_HTTP", "http://127.0.0.1:24318")
GRPC = os.environ.get("DEVOS_OTLP_GRPC", "http://127.0.0.1:24317")
HEADERS = {"authorization": f"Bearer {os.environ['DEVOS_TOKEN']}"}


class Failures(logging.Handler):
    """Exporters tell of failures in the log alone."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.told = []

    def emit(self, record):
        self.told.append(record.getMessage())


def http(compression):
    def exporter(kind, path):
        return kind(endpoint=f"{HTTP}/v1/{path}", headers=HEADERS, compression=compression)

    return exporter(HttpSpans, "traces"), exporter(HttpLogs, "logs"), exporter(HttpMetrics, "metrics")


def over_grpc(compression):
    def exporter(kind):
        return kind(endpoint=GRPC, insecure=True, headers=HEADERS, compression=compression)

    return exporter(GrpcSpans), exporter(GrpcLogs), exporter(GrpcMetrics)


def send(service, exporters):
    spans, logs, metrics = exporters
    resource = Resource.create({"service.name": service})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    view = View(instrument_name="exponential", aggregation=ExponentialBucketHistogramAggregation())
    reader = PeriodicExportingMetricReader(metrics, export_interval_millis=3_600_000)
    meters = MeterProvider(resource=resource, metric_readers=[reader], views=[view])
    meter = meters.get_meter("check")
    meter.create_observable_gauge("observed", callbacks=[lambda _: [Observation(2.5, {"room": "a"})]])
    logger = logging.Logger(service)
    logger.addHandler(LoggingHandler(logger_provider=loggers))
    with tracers.get_tracer("check").start_as_current_span("work"):
        meter.create_counter("counter").add(3, {"route": "/cart"})
        meter.create_up_down_counter("up_down").add(-1)
        meter.create_gauge("gauge").set(21.5)
        meter.create_histogram("histogram", unit="ms").record(12.5)
        exponential = meter.create_histogram("exponential", unit="ms")
        for value in (0, 0.5, 12.5, 4000):
            exponential.record(value)
        logger.warning("worked in %s", service)
    for provider in (tracers, loggers, meters):
        provider.shutdown()


def main():
    failures = Failures()
    logging.getLogger("opentelemetry").addHandler(failures)
    for name, exporters in {
        "http": http(Compression.NoCompression),
        "http-gzip": http(Compression.Gzip),
        "grpc": over_grpc(grpc.Compression.NoCompression),
        "grpc-gzip": over_grpc(grpc.Compression.Gzip),
    }.items():
        send(f"sdk-python-{name}", exporters)
        print(name, "sent")
    if failures.told:
        sys.exit("\n".join(failures.told))


main()
