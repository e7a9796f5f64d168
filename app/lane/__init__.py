"""The lane: the one ordered line in which decisions are made and committed.

One locked row in Postgres puts decisions in order, over all workers and replicas; everything that waits in a process is
decided in one transaction. :mod:`app.lane.lane` is the line itself, :mod:`app.lane.batch` what one transaction works
on, :mod:`app.lane.route`, :mod:`app.lane.hand`, :mod:`app.lane.roster` and :mod:`app.lane.policies` the jobs that go
through it, :mod:`app.lane.sync` how a world is brought to a revision, :mod:`app.lane.drain` how the queue empties by
itself (:mod:`app.lane.often`: every so often), and :mod:`app.lane.memory` the same jobs without a database.
"""
