"""What can go wrong, in the service's own words?

    LeadRouterError
    |-- StartError                  the service cannot start; the message is one line for the person at the terminal
    |   |-- BadSetting              a setting makes no sense
    |   |-- BadAddress              the database's address cannot be used
    |   |-- ServerTooOld            the database's server is older than the service works with
    |   |-- DataInUse               another process serves from the same data directory
    |   `-- EmbeddedFailed          the embedded Postgres does not start
    `-- RequestError                a request cannot be carried out; the message is for its sender
        |-- BadInput                it cannot be read at all
        |-- Invalid                 it can be read, and some places in it are wrong
        |-- Unauthorized            it carries no key, or an unknown one
        |-- Forbidden               its key does not allow this
        |-- NotFound                what it names is not there
        |-- Conflict                it contradicts what is there
        |-- PreconditionFailed      somebody else's edit came first
        |-- TooLarge                it is larger than allowed
        |-- UnsupportedMedia        it is in a format that is not read here
        |-- TooMany                 its sender has asked too often; try again later
        `-- Unavailable             it was in order, but cannot be served now; try again later
            |-- LineFull            too much is waiting already
            |-- NoPolicy            no policy is active yet
            |-- DatabaseAway        Postgres did not answer within the waiting limit
            `-- Draining            this replica is shutting down

No HTTP in here: ``app.problems`` says how each is answered.
"""

from collections.abc import Sequence

from app.engine.problems import Problem


class LeadRouterError(Exception):
    """Anything that the service itself raises on purpose."""


class StartError(LeadRouterError):
    """The service cannot start. The message is one line, says why, and holds no secret."""


class BadSetting(StartError):
    """A setting makes no sense; the message names it."""


class BadAddress(StartError, ValueError):
    """A database address that cannot be used. The message never contains the password."""


class ServerTooOld(StartError):
    """The server speaks, but is older than the service works with."""


class DataInUse(StartError):
    """Another process serves from the same data directory. ``pid`` is None if it could not be learned."""

    def __init__(self, data: object, pid: int | None) -> None:
        holder = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"{data} is in use by {holder}: stop that one first, or give this one a DATA of its own")
        self.pid = pid


class EmbeddedFailed(StartError):
    """The embedded Postgres does not start; the message ends with the last lines of its log."""


class RequestError(LeadRouterError):
    """A request cannot be carried out.

    ``detail`` is a sentence for the sender. ``places`` names what is wrong where. Further keyword arguments become
    members of the answer as they are (``lead_id=...``): they must be JSON, and their names none of those that every
    answer has.
    """

    def __init__(self, detail: str, *, places: Sequence[Problem] = (), **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.places = tuple(places)
        self.members = members


class BadInput(RequestError):
    """It cannot be read at all: not JSON, not UTF-8, too deep."""


class Invalid(RequestError):
    """It can be read, and ``places`` says what is wrong in it."""


class Unauthorized(RequestError):
    """It carries no key, or an unknown one."""


class Forbidden(RequestError):
    """Its key does not allow this."""


class NotFound(RequestError):
    """What it names is not there."""


class Conflict(RequestError):
    """It contradicts what is there; members say with what (``lead_id``, ``winner``)."""


class PreconditionFailed(RequestError):
    """It was made from a version that somebody else has changed since."""


class TooLarge(RequestError):
    """It is larger than allowed."""


class UnsupportedMedia(RequestError):
    """It is in a format that is not read here."""


class TooMany(RequestError):
    """Its sender has asked too often. ``retry_after``: seconds after which trying again makes sense."""

    def __init__(self, detail: str, *, retry_after: int, **members: object) -> None:
        super().__init__(detail)
        self.members = members
        self.retry_after = retry_after


class Unavailable(RequestError):
    """It was in order, but cannot be served now. ``retry_after``: seconds after which trying again makes sense."""

    def __init__(self, detail: str, *, retry_after: int = 1, **members: object) -> None:
        super().__init__(detail)
        self.members = members
        self.retry_after = retry_after


class LineFull(Unavailable):
    """Too much is waiting already; nothing was done."""


class NoPolicy(Unavailable):
    """No policy is active yet; nothing was done."""

    def __init__(self) -> None:
        super().__init__("No policy is active: activate one with POST /v1/policies/{version}/activate", retry_after=30)


class DatabaseAway(Unavailable):
    """Postgres did not answer within the waiting limit.

    ``outcome_known`` is True if nothing was recorded for certain, False if it may have been: the same delivery again
    tells.
    """

    def __init__(self, detail: str, *, outcome_known: bool, retry_after: int = 5) -> None:
        super().__init__(detail, retry_after=retry_after, outcome_known=outcome_known)
        self.outcome_known = outcome_known


class Draining(Unavailable):
    """This replica is shutting down; nothing was done, and another one can do it."""
