"""What members follow, and who is to be told when a practice changes."""
