"""What is the user's to put right: one line on stderr, and exit code 2."""

from __future__ import annotations

from agents._pack import PackError
from zhiban.config import ConfigError

BAD_INPUT = (ConfigError, PackError, ValueError, FileNotFoundError)
