"""How we reach the outside; only wiring names them."""
