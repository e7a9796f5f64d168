"""``lead-router serve``: everything that the service needs, in the foreground."""

from typing import Annotated

import typer


def serve(
    with_sample: Annotated[
        bool,
        typer.Option(
            "--with-sample",
            help="Begin with the sample in an empty database of your own too; the embedded one always does.",
        ),
    ] = False,
) -> None:
    """Start the service: Postgres if none is set, the migrations, the workers. Ctrl-C or SIGTERM ends it in order."""
    from app import observability, settings, supervisor
    from app.commands.terminal import chosen

    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    settings.warn_of_unknown()
    supervisor.serve(given, with_sample=with_sample, language=chosen())
