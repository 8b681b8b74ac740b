"""Finding published practices, and keeping the index in step."""
