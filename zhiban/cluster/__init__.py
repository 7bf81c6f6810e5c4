"""The same engine on Kafka, Faust and PostgreSQL: one worker per process, each scaled by itself (DESIGN section 6)."""
