"""The backend that runs requests on a Triton server."""
