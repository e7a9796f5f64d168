"""How does what other systems send become leads? Kept as it came, understood, routed; and driven again."""
