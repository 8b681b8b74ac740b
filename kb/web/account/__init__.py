"""Accounts: signing in, one's own page, links, and forms that are sent again."""
