"""Figures drawn on the server: maps and charts."""
