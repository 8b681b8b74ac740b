"""Files that belong to a practice."""
