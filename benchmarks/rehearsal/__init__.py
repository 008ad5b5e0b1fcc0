"""A rehearsal of production on one machine: every piece a real process, each restarted under load. `make rehearsal`."""
