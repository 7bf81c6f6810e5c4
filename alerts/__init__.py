"""The desk, pure: from findings to letters."""
