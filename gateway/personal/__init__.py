"""Everything of one person: taken along, and erased."""
