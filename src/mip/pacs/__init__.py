"""PACSes: where images come from."""
