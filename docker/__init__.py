"""The images, and the programs that only they need."""
