"""LoRAs: small files that change a pipeline's layers, named by a request and carried as low-rank factors."""
