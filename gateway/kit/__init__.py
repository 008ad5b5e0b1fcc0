"""Domain-free parts: they import nothing else of the gateway but its errors."""
