"""Parse, call, present: what each address of the HTTP contract does."""
