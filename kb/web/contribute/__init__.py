"""Writing practices, part by part."""
