"""The bytes of finished pictures, by signed and expiring links."""
