"""Finding and reading practices."""
