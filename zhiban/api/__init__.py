"""The API for programs: read-only, behind a token, in the shapes of the reading commands' `--json` (decision 16)."""
