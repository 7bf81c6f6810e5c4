"""The only place that knows everything and decides nothing: command line, configuration, wiring, web, demo."""
