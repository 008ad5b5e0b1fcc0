# syntax=docker/dockerfile:1
# Checkpoints to ONNX, to TensorRT plans: torch, diffusers, TensorRT. For Jobs and people, never for serving.
#   docker build -f docker/exporter.Dockerfile -t avila/exporter .
# TENSORRT is the version inside the Triton image: a plan of another one does not load.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm
# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS packages
ARG TENSORRT
COPY requirements/torch.txt requirements/export.txt docker/sbom.txt /requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir -r /requirements/torch.txt \
    && /opt/venv/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/export.txt \
    && /opt/venv/bin/python -m pip install --no-cache-dir "${TENSORRT:?give --build-arg TENSORRT=tensorrt-cu12==VERSION, the version in the Triton image}"
# What is inside, as CycloneDX: /opt/venv/sbom.cdx.json.
RUN python -m venv /opt/sbom \
    && /opt/sbom/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/sbom.txt \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible --of JSON -o /opt/venv/sbom.cdx.json /opt/venv

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 avila \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin avila \
    && install --directory --owner=10001 --group=10001 /models
COPY --from=packages /opt/venv /opt/venv
COPY diffusion/ /opt/avila/diffusion/
COPY gateway/ /opt/avila/gateway/
COPY avila/ /opt/avila/avila/
COPY export/ /opt/avila/export/
COPY model_repository/ /opt/avila/model_repository/
COPY --chmod=0755 docker/model_store.py /usr/local/bin/avila-model-store
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/avila \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AVILA_MODEL_REPOSITORY=/models/repository \
    HF_HOME=/tmp/hub
WORKDIR /opt/avila
USER 10001:10001
# A program that ends, not a server: there is nothing to ask for its health.
HEALTHCHECK NONE
CMD ["python", "-m", "avila", "export", "--help"]
