"""The API for programs: behind a token, in the shapes of the reading commands' `--json`; with another, messages are
pushed (decision 16)."""
