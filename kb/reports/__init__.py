"""What readers tell the desk about a published practice, without an account."""
