"""Measures the gateway beside the engine: a real server process whose device takes a stated time for each step."""
