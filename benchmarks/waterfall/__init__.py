"""Where the time of one picture goes, from the caller's request to the stored file."""
