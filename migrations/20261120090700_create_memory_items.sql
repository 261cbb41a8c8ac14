CREATE TABLE memory_items (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('incident', 'fix', 'rejected_fix')),
    pattern_id uuid NOT NULL,
    title text NOT NULL,
    content text NOT NULL,
    -- Split identifiers and words of title and content; what recall matches.
    words text NOT NULL,
    recall tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
    remembered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns ON DELETE CASCADE
);
-- Hashed, because a title may be longer than an index entry.
CREATE UNIQUE INDEX memory_items_once ON memory_items (tenant_id, kind, pattern_id, md5(title));
-- No GIN index on recall: under row security it would never be used (@@ is not leakproof), and a tenant's memory is small.
SELECT guard_tenant_table('memory_items');
GRANT SELECT, INSERT ON memory_items TO devos_app;
