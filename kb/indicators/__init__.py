"""What the house counts of itself, and how much of it everybody may know."""
