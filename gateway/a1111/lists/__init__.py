"""What there is to choose from, in AUTOMATIC1111's lists."""
