"""What can be said to ``lead-router`` on a command line?

Each subcommand is a function in a module of ``app.commands``, and a row in COMMANDS.
"""

import sys
from collections.abc import Callable
from typing import Final

import typer

from app import __version__
from app.commands import (
    apply,
    delivery,
    demo,
    erase,
    import_leads,
    key,
    lint,
    migrate,
    names,
    openapi,
    route,
    serve,
    source,
    subscription,
    verify,
)
from app.commands.terminal import CannotDo, LanguageOption, Sentence, chosen, one_line
from app.errors import LeadRouterError

EXIT_REFUSED: Final = 1


def version() -> None:
    """Print the version."""
    typer.echo(__version__)


COMMANDS: Final[tuple[Callable[..., None], ...]] = (
    serve.serve,
    migrate.migrate,
    apply.apply,
    lint.lint,
    route.route,
    import_leads.import_,
    demo.demo,
    verify.verify,
    erase.erase,
    names.names,
    openapi.openapi,
    version,
)

app = typer.Typer(
    name="lead-router",
    help="Routes sales leads: exactly fair, explainable, and nothing lost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _first(language: LanguageOption = None) -> None:
    """Take what can stand before a command as well as behind it."""


for _command in COMMANDS:
    # A name that Python keeps for itself ends in an underscore here: ``import_``.
    app.command(_command.__name__.rstrip("_"))(_command)
app.add_typer(key.commands, name="key")
app.add_typer(source.commands, name="source")
app.add_typer(delivery.commands, name="delivery")
app.add_typer(subscription.commands, name="subscription")


def main() -> None:
    """Run the command line. What the service refuses on purpose is one line, never a traceback."""
    try:
        app()
    except LeadRouterError as error:
        said = error.said(chosen()) if isinstance(error, CannotDo) else Sentence(str(error)).said(chosen())
        typer.echo(one_line(f"lead-router: {said}"), err=True)
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
