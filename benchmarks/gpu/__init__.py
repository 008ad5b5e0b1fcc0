"""What only a GPU can show, with networks of real size and random weights. Needs PyTorch and diffusers, no network, no
checkpoint: the time of a network's call does not depend on its weights.

`--shape tiny --device cpu` runs every program anywhere, which is how the tests keep them working.
"""
