"""Installing models over HTTP: what a source offers, and the durable list that the installer works off."""
