"""Control services: submit, list, cancel, dead letters; free of HTTP and technology."""
