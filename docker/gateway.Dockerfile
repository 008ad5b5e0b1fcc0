# syntax=docker/dockerfile:1
# Gateway, worker, watchdog and migrations: one image, no torch, no GPU library. Built from the project's root:
#   docker build -f docker/gateway.Dockerfile -t avila/gateway .
# For production give the base images by digest: --build-arg PYTHON_IMAGE=python@sha256:…
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# hadolint ignore=DL3006
FROM ${NODE_IMAGE} AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web/ ./
RUN npm run build

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS packages
COPY requirements/run.txt docker/sbom.txt /requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/run.txt
# What is inside, as CycloneDX, for scanners and auditors: /opt/venv/sbom.cdx.json.
RUN python -m venv /opt/sbom \
    && /opt/sbom/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/sbom.txt \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible --of JSON -o /opt/venv/sbom.cdx.json /opt/venv

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 avila \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/avila --shell /usr/sbin/nologin avila \
    && install --directory --owner=10001 --group=10001 /var/lib/avila /models /run/avila
COPY --from=packages /opt/venv /opt/venv
COPY diffusion/ /opt/avila/diffusion/
COPY gateway/ /opt/avila/gateway/
COPY avila/ /opt/avila/avila/
COPY export/ /opt/avila/export/
COPY models/ /opt/avila/models/
COPY model_repository/ /opt/avila/model_repository/
COPY --from=web /src/web/dist/ /opt/avila/web/dist/
COPY --chmod=0755 docker/model_store.py /usr/local/bin/avila-model-store
COPY --chmod=0755 docker/healthcheck.py /usr/local/bin/avila-healthcheck
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/avila \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AVILA_HOST=0.0.0.0 \
    AVILA_DATA_DIR=/var/lib/avila \
    AVILA_MODEL_REPOSITORY=/models/repository \
    AVILA_LORA_DIRS=/models/loras:/opt/avila/models/loras \
    AVILA_EMBEDDING_DIR=/models/embeddings \
    AVILA_LOG_FORMAT=json
WORKDIR /opt/avila
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["avila-healthcheck"]
CMD ["python", "-m", "avila", "serve"]
