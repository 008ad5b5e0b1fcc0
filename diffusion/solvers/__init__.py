"""Solvers of the diffusion equation as tables of coefficients; one file per algorithm."""
