# syntax is the engine's own BuildKit: no frontend image is fetched.
ARG BASE_IMAGE=python:3.12-slim-bookworm

# --- the virtual environment: changes only with requirements.lock --------------------------------
FROM ${BASE_IMAGE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY app/requirements.lock /tmp/requirements.lock
# The host's CA bundle, where a proxy intercepts TLS: a secret of this one step, in no layer.
RUN --mount=type=secret,id=ca,target=/run/secrets/ca.crt,required=false \
    set -eu; \
    if [ -s /run/secrets/ca.crt ]; then \
        export PIP_CERT=/run/secrets/ca.crt SSL_CERT_FILE=/run/secrets/ca.crt; \
    fi; \
    python3 -m venv /opt/venv; \
    /opt/venv/bin/python -m pip install --require-hashes --only-binary :all: -r /tmp/requirements.lock; \
    /opt/venv/bin/python -m pip uninstall --yes pip; \
    /opt/venv/bin/python -m compileall -q /opt/venv

# --- the application ------------------------------------------------------------------------------
FROM ${BASE_IMAGE} AS application
LABEL org.opencontainers.image.title="auto_trader" \
      org.opencontainers.image.description="Reference application of Surefoot" \
      org.opencontainers.image.licenses="MIT"
# ENVIRONMENT: an image is production until somebody says otherwise, also where compose does not start it.
ENV PATH=/opt/venv/bin:$PATH \
    ENVIRONMENT=production \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv
COPY --from=dependencies /opt/venv /opt/venv
COPY alembic.ini ./
COPY app ./app
COPY migrations ./migrations
# The helper that migrations may use; the rest of the tool has no place in the image.
COPY deploy/__init__.py ./deploy/
COPY deploy/backfill ./deploy/backfill
# Compiled here, because the root file system is read-only later.
RUN python -m compileall -q app migrations deploy
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1s --timeout=2s --start-period=20s --retries=3 \
    CMD ["python", "-I", "-S", "/srv/app/healthcheck.py"]
CMD ["python", "-m", "app"]

# --- the same without its newest revision: the "version before" of the demo and the tests ----------
FROM application AS previous
USER 0:0
RUN rm migrations/versions/0007_* && rm -f migrations/versions/__pycache__/0007_*
USER 10001:10001

# --- what `build` makes where no target is named -------------------------------------------------------
FROM application AS current
