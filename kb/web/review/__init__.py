"""The desk: reviewing, signing off, deciding."""
