"""The pure engine: lead, policy, world and ``now`` go in; a decision with its trace comes out.

Nothing in this package reads a clock, draws a random number, or does I/O: the same inputs give the same
decision for ever. Import contracts and lint rules hold that line.
"""
