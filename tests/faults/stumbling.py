"""The service as it is, but for an engine that stumbles over some leads: no lead that can be sent makes it do so."""

import app.lane.route
from app import observability, settings, supervisor
from app.engine.chain import Prepared, Routed, route
from app.engine.world import World

STUMBLES = "Stumbling Block"


def stumbling(prepared: Prepared, world: World, *rest: object) -> Routed:
    if prepared.lead.name == STUMBLES:
        raise RuntimeError("no lead that can be sent")
    return route(prepared, world, *rest)


if __name__ in ("__main__", "__mp_main__"):
    # As the second, in each worker: what a service is started from is loaded there too.
    app.lane.route.route = stumbling
if __name__ == "__main__":
    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    supervisor.serve(given)
