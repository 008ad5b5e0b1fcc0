"""The pure core of the service: what to generate, the solver mathematics, the step scheduler and the engine loop.

Standard library and numpy only; `diffusion.tokenizer` and `diffusion.pixels` are the two modules at its edge that also
know `tokenizers` and Pillow. Everything here runs on numpy 1.26 (Triton's python stub) and numpy 2 alike.
"""
