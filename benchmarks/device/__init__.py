"""A stated device, whose call costs 20 ms + 2.5 ms per row, and the two ways of serving that ours must beat."""
