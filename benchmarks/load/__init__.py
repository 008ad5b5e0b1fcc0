"""The load generator: scenarios in TOML, run over HTTP or gRPC. `python -m benchmarks.load SCENARIO`."""
