"""Citizens' messages from a mailbox's exports: rows into events of the log, without their texts."""
