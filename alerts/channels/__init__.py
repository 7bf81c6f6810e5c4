"""One file per way to people."""
