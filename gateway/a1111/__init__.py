"""AUTOMATIC1111's `/sdapi/v1` at the root of the host, as its clients expect it. Everything asked becomes a job."""
