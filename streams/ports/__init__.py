"""The only place that touches the outside world: HTTP, probes, SQL, mail, Telegram, files and the clock."""
