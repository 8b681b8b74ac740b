"""Users, roles, organisations, sessions and what each may do."""
