"""The noun in the middle: practices, their revisions, versions and public view."""
