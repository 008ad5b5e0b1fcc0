"""Step-level batching: which rows of which requests run next. Knows no tensor, no network and no clock of its own."""
