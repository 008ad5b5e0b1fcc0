"""What can be seen of the gateway from outside: logs, metrics, health."""
