"""Is this worker shutting down? Set once, by the signal that ends it; what is under way goes on to its end."""

_draining = False


def begin() -> None:
    """Say that this worker is shutting down."""
    global _draining  # noqa: PLW0603 - one process, one answer
    _draining = True


def is_draining() -> bool:
    """Whether this worker is shutting down: it is no longer ready, and takes nothing new."""
    return _draining
