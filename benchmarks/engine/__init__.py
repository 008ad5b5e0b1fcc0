"""The benchmark of the engine, run by `python -m benchmarks.engine`: lone request, many callers, tails, fairness."""
