"""What a gateway has the installer do at once: the installer alone writes models and reaches where they come from."""
