"""People: set-up, registration, sign-in, passwords, roles."""
