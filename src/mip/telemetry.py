"""Log records of one form."""
