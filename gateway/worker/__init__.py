"""Takes jobs from the table and runs them on a backend: inside the gateway, or alone."""
