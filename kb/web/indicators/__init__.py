"""Pages of figures: a few for everybody, all of them for editors."""
