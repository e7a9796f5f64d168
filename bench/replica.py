"""``python -m bench.replica APPLICATION``: what ``lead-router serve`` does, with any application in its workers."""

import sys

from app import observability, settings, supervisor

if __name__ == "__main__":
    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    supervisor.serve(given, sys.argv[1])
