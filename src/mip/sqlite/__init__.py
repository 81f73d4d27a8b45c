"""SQLite for the floors above: connections, migrations, one writer with group commit."""
