"""What the gateway calls to generate: a port with two shipped adapters, `triton` and `inprocess`."""
