"""Compares the two ways of serving LoRAs, merged weights and low-rank inputs, over one UNet."""
