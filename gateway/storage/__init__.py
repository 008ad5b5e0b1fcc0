"""What outlives a process: the database and, beside it, the images."""
