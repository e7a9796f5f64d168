"""``lead-router openapi``: the description of the API, as it is published in ``openapi.yaml``."""

from pathlib import Path
from typing import Annotated, Any

import typer


def published() -> dict[str, Any]:
    """The description that the service serves, whatever its settings."""
    from pydantic import SecretStr
    from uvicorn.importer import import_from_string

    from app.settings import Settings
    from app.workers import APPLICATION

    # Nothing is connected, and what the environment sets does not matter here.
    address, key = SecretStr("postgresql://localhost/lead_router"), SecretStr("not-a-key")
    create_app = import_from_string(APPLICATION)
    described: dict[str, Any] = create_app(Settings.model_construct(database_url=address, admin_key=key)).openapi()
    return described


def rendered(document: dict[str, Any]) -> str:
    """The description as the text of ``openapi.yaml``: the same for the same description."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    head = "# Written by `lead-router openapi --write`; a test holds that it is what the service serves.\n"
    return head + yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)


def openapi(
    check: Annotated[bool, typer.Option(help="Only say whether openapi.yaml is what the service serves")] = False,
    write: Annotated[bool, typer.Option(help="Write openapi.yaml anew")] = False,
    file: Annotated[Path, typer.Option(help="The file to check or write")] = Path("openapi.yaml"),
) -> None:
    """Print the description of the API, or check or write the file that publishes it."""
    text = rendered(published())
    if check:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            typer.echo(f"{file} is not what the service serves: lead-router openapi --write", err=True)
            raise typer.Exit(1)
        return
    if write:
        file.write_text(text, encoding="utf-8")
        return
    typer.echo(text, nl=False)
