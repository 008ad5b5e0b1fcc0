"""Who is asking, and what he may do. Closed by default."""
