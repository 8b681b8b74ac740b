"""Markdown to safe HTML: the one door."""
