"""One file per kind of source, pure: requests out, answers in, a reading at the end."""
