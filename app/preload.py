"""What does a worker need before it can serve? The application and every table that reading leads takes.

Loaded once, by the process that workers are forked from: they start in no time, also in place of one that died, and
share the memory.
"""

import gc

# Nearly all that is made here stays: to look for what does not, again and again, takes an eighth of the time.
gc.disable()

import app.main  # noqa: E402, F401  what a worker serves
from app.intake.normalise import warm  # noqa: E402

warm()
# What is there now stays: nobody need look through it again, and looking would unshare it.
gc.collect()
gc.freeze()
# A turn of the lane makes thousands of objects, which all go together: looking at them on the way, as often as Python
# does by itself, is a fifth of the time that deciding takes.
gc.set_threshold(50_000, 10, 10)
gc.enable()
