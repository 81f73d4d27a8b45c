"""Job records."""
