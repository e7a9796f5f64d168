"""How does what was recorded reach others? Events are read from the record, and delivered at least once."""
