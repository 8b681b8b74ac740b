"""The one verb that changes state."""
