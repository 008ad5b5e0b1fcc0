"""Two framings of what happens to jobs: server-sent events for one job, a WebSocket for all of a caller's."""
