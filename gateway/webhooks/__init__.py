"""Webhooks (Standard Webhooks): what happens to jobs, told to addresses that owners name. Rows first, then requests."""
