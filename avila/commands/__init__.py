"""The subcommands: each module has `add_parser` and `run`, and imports what it needs inside `run`."""
