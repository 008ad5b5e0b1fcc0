"""The backend that runs requests on a Triton server."""

CONTROL_KEY = "avila-control"
"""Name of the header in which Triton wants the secret of its model control, behind its own prefix."""
