"""``lead-router serve``: everything that the service needs, in the foreground."""


def serve() -> None:
    """Start the service: Postgres if none is set, the migrations, the workers. Ctrl-C or SIGTERM ends it in order."""
    from app import observability, settings, supervisor

    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    settings.warn_of_unknown()
    supervisor.serve(given)
