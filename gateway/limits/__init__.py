"""How much a request may bring and how much a caller may ask for."""
