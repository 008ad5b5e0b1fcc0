"""Which pipelines can be asked for, under which names."""
