"""Quotas over HTTP: what is left, and what administrators set."""
