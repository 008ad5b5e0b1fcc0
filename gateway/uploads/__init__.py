"""Pictures that go into requests: sent before (`POST /v1/uploads`), in the request itself, or made here earlier."""
