"""The service's public faces and its durable side. It needs no GPU library and no torch."""

VERSION = "0.1.0"
"""As in `pyproject.toml`; part of every picture's recipe."""
