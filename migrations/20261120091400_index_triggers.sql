CREATE INDEX failure_signals_of_trigger ON failure_signals (tenant_id, trigger_id);
