"""``lead-router migrate``: bring the database's tables up to this release."""

import asyncio


def migrate() -> None:
    """Create or upgrade the tables. Safe to run at any time, by any number of processes at once."""
    from app import observability, settings, supervisor
    from app.store import migrate as migrations
    from app.store.embedded import EmbeddedPostgres

    given = settings.load()
    observability.configure_logging("warning", given.log_format)
    settings.warn_of_unknown()
    if given.database_url is not None:
        asyncio.run(supervisor.prepare(given.database_url.get_secret_value(), given))
    else:
        with EmbeddedPostgres(given.data) as server:
            asyncio.run(supervisor.prepare(server.url, given))
    print(f"The database is at revision {migrations.HEAD}.")
