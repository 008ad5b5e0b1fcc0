"""Whether a service that works for a long time stays as it was: memory, files, threads, speed."""
