"""The service as it is, with a kind of receiver that calls this machine, and waits of seconds made short."""

from dataclasses import replace

from fastapi import FastAPI

from app import observability, settings, supervisor
from app.main import create_app
from tests.events.support import CHANNELS, QUICK, CallsHere

TERMS = replace(QUICK, hold_seconds=1.0)


def create() -> FastAPI:
    return create_app(channels=CHANNELS, client=CallsHere(), terms=TERMS)


if __name__ == "__main__":
    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    supervisor.serve(given, application="tests.faults.telling:create")
