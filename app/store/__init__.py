"""What is kept: tables, reads and writes with names, and how Postgres is reached, started and migrated."""
