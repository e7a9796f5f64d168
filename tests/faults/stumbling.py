"""The service as it is, but for an engine that stumbles over some leads: no lead that can be sent makes it do so."""

import app.lane.route
from app import main, observability, settings, supervisor
from app.engine.chain import Prepared, Routed, route
from app.engine.world import World

STUMBLES = "Stumbling Block"


def create_app() -> object:
    def stumbling(prepared: Prepared, world: World, *rest: object) -> Routed:
        if prepared.lead.name == STUMBLES:
            raise RuntimeError("no lead that can be sent")
        return route(prepared, world, *rest)

    app.lane.route.route = stumbling
    return main.create_app()


if __name__ == "__main__":
    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    supervisor.serve(given, "tests.faults.stumbling:create_app")
