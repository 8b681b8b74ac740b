"""What editors steer the search with: thesaurus, promoted practices, searches in vain."""
