"""Who did what that matters for security: written with the act itself, never changed, readable by administrators."""
