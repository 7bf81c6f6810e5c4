"""The weekly digest: from the ledger up to the end of a week to a value, and from the value to a mail. Pure."""
