-- What was not taken of a batch, and what was dated to the nearest time that could be stored.
ALTER TABLE ingest_batches
    ADD COLUMN refused bigint NOT NULL DEFAULT 0,
    ADD COLUMN clamped bigint NOT NULL DEFAULT 0;
