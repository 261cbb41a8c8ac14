-- Pipelines name their repository by its address; remotes never hold credentials.
GRANT SELECT (remote) ON repositories TO devos_ingest;
