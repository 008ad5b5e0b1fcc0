"""MLPerf's own LoadGen against the service, through the gateway."""
