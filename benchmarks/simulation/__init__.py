"""A discrete-event model of the service, held against the real one, then asked about sizes that no one machine has."""
