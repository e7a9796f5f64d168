"""The database's history: each file in ``versions`` takes it one step up, and back down."""
