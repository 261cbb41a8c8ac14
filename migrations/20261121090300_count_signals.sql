-- Equal failures of one batch are one row that says how many.
ALTER TABLE failure_signals ADD COLUMN occurrences bigint NOT NULL DEFAULT 1;
