"""Pages in French and English."""
