"""Measures the system from outside, and the engine beside what it must beat. Never imports the gateway or the exporter.

Allowed here: the standard library, numpy, httpx, matplotlib, tritonclient. ONNX Runtime and `diffusion` are imported in
`benchmarks.engine.bare_loop` and `benchmarks.engine.in_process` alone, which say why.
"""
