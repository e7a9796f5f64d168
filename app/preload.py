"""What does a worker need before it can serve? The application and every table that reading leads takes.

Loaded once, by the process that workers are forked from: they start in no time, also in place of one that died, and
share the memory.
"""

import gc

import app.main  # noqa: F401  what a worker serves
from app.intake.normalise import warm

warm()
# What is there now stays: nobody need look through it again, and looking would unshare it.
gc.collect()
gc.freeze()
