"""Object stores: where results lie."""
