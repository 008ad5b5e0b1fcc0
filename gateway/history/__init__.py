"""Everybody's pictures: found again, sorted, thrown away and taken back, downloaded, erased."""
