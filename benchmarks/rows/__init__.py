"""Rows of a call side by side: what it gains on a CPU."""
