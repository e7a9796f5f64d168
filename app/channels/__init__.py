"""How is each receiver told? What it is sent, and what its answer means."""
