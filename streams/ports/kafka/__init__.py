"""Kafka as the log: its topics, what stands in them, who writes and who reads."""
