"""How does what a sender writes become a lead? Reading bodies and bulk streams, and normalising every field."""
