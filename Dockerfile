# The service with everything it needs. Without LEAD_ROUTER_DATABASE_URL it runs its own Postgres in the volume /data.

FROM python:3.13-slim AS build
WORKDIR /srv/lead-router
RUN python -m venv /venv
COPY requirements.lock ./
# Only wheels: nothing is compiled, so no compiler is needed, here or in what follows.
RUN /venv/bin/python -m pip install --no-cache-dir --only-binary :all: --require-hashes --requirement requirements.lock
COPY . .
RUN /venv/bin/python -m pip install --no-cache-dir --no-index --no-deps --no-build-isolation \
        --config-settings editable_mode=compat --editable . \
    && /venv/bin/python -m compileall -q app migrations

FROM python:3.13-slim
# A named account: Postgres asks for its name.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data lead-router \
    && install -d -o lead-router -g lead-router -m 0700 /data
COPY --from=build /venv /venv
COPY --from=build /srv/lead-router /srv/lead-router
WORKDIR /srv/lead-router
USER lead-router
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LEAD_ROUTER_HOST=0.0.0.0 \
    LEAD_ROUTER_PORT=8000 \
    LEAD_ROUTER_DATA=/data \
    LEAD_ROUTER_LOG_FORMAT=json
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Alive, not ready: a database that is away is no reason to replace the container.
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['LEAD_ROUTER_PORT']}/livez\", timeout=3)"]
ENTRYPOINT ["lead-router"]
CMD ["serve"]
