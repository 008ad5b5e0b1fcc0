"""OpenAI's Images and Models API, a folder per endpoint."""
