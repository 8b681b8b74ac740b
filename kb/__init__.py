"""Palabre: a knowledge base of home-grown conflict-management practices."""
