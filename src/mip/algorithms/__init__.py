"""The algorithms that ship."""
