"""The service's public faces and its durable side. It needs no GPU library and no torch."""
