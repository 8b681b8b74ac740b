"""Administration: accounts, requests, trail, state."""
