"""The commands, one module each; the command line binds them."""
