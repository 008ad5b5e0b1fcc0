"""The API of AUTOMATIC1111's ControlNet extension: its lists under `/controlnet`, and its units in a request."""
