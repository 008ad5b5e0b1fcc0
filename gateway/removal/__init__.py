"""Deleting pipelines, LoRAs and embeddings, and taking that back."""
