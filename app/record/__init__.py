"""The record, read back: what was decided, whether it would be decided so again, and what the world was like then.

:mod:`app.record.again` computes a decision once more from what is recorded of it, :mod:`app.record.past` the world that
it was made in; :mod:`app.record.checkpoints` keeps the way there short. :mod:`app.record.verify` does it with all of
them, and :mod:`app.record.audit` holds the tables against the record.
"""
