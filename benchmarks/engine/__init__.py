"""The engine's benchmark, run by `python -m benchmarks.engine`: a lone request, many callers, tail latency, fairness."""
