"""Upkeep: health, housekeeping."""
