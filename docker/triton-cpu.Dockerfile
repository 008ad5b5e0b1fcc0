# syntax=docker/dockerfile:1
# The real Triton without a GPU: the server of the nvidia-pytriton wheel and ONNX Runtime, a tenth of NVIDIA's image.
#   docker build -f docker/triton-cpu.Dockerfile -t avila/triton-cpu .
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm
# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS packages
COPY requirements/triton.txt docker/sbom.txt /requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/triton.txt
# What is inside, as CycloneDX: /opt/venv/sbom.cdx.json.
RUN python -m venv /opt/sbom \
    && /opt/sbom/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/sbom.txt \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible --of JSON -o /opt/venv/sbom.cdx.json /opt/venv

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 avila \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin avila \
    && install --directory --owner=10001 --group=10001 /run/avila /models
COPY --from=packages /opt/venv /opt/venv
COPY diffusion/ /opt/avila/diffusion/
COPY models/loras/ /opt/avila/models/loras/
COPY --chmod=0755 docker/triton-entrypoint.sh /usr/local/bin/triton-entrypoint
COPY --chmod=0755 docker/tritonserver-cpu.sh /usr/local/bin/tritonserver
RUN tritonserver --link
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    AVILA_LORA_DIRS=/models/loras:/opt/avila/models/loras \
    AVILA_EMBEDDING_DIR=/models/embeddings \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v2/health/ready', timeout=4)"]
ENTRYPOINT ["triton-entrypoint", "tritonserver"]
CMD ["--model-repository=/models/repository", "--model-control-mode=explicit", "--exit-on-error=false", "--strict-readiness=false", "--disable-auto-complete-config", "--model-config-name=cpu", "--allow-gpu-metrics=false", "--pinned-memory-pool-byte-size=0"]
