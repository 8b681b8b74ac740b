"""Who uses which practice, how far they are, and what they must be told."""
