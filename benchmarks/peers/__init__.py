"""Ours beside other ways to run the same weights: `python -m benchmarks.peers`, or `make bench-peers`."""
