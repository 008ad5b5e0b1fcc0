"""Durable generation: an accepted request is a row, and a row is never lost."""
