"""Assignments, verdicts, comments and the do-no-harm sign-off."""
