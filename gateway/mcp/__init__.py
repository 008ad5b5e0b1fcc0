"""The Model Context Protocol: pictures for language models."""
