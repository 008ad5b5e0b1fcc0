"""What administrators see of everybody's work, and what they may do about it."""
