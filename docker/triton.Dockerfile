# syntax=docker/dockerfile:1
# NVIDIA's Triton with the engine: `diffusion/` and the orchestrator's two packages. Models come from a volume.
#   docker build -f docker/triton.Dockerfile -t avila/triton .
# The exporter's TensorRT must be the one inside: change both images together.
ARG TRITON_IMAGE=nvcr.io/nvidia/tritonserver:26.07-py3
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

# What we add, as CycloneDX. NVIDIA's image has its own; `docker buildx build --sbom=true` lists both.
# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS sbom
COPY docker/triton-packages.txt docker/sbom.txt /requirements/
RUN python -m venv /opt/sbom \
    && /opt/sbom/bin/python -m pip install --no-cache-dir --no-deps -r /requirements/sbom.txt \
    && /opt/sbom/bin/cyclonedx-py requirements --output-reproducible --of JSON -o /sbom.cdx.json /requirements/triton-packages.txt

# hadolint ignore=DL3006
FROM ${TRITON_IMAGE}
# Folders of their own: the image's Python and its numpy, which the python backend was built for, stay as they are. Found
# by a .pth file, since a stub that starts Python in isolated mode ignores PYTHONPATH.
COPY docker/triton-packages.txt /tmp/packages.txt
RUN python3 -m pip install --no-cache-dir --no-deps --target /opt/avila/packages -r /tmp/packages.txt \
    && rm /tmp/packages.txt \
    && site=$(python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
    && mkdir -p "$site" \
    && printf '/opt/avila\n/opt/avila/packages\n' >"$site/avila.pth" \
    && groupadd --gid 10001 avila \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin avila \
    && install --directory --owner=10001 --group=10001 /run/avila /models
COPY --from=sbom /sbom.cdx.json /opt/avila/sbom.cdx.json
COPY diffusion/ /opt/avila/diffusion/
COPY models/loras/ /opt/avila/models/loras/
COPY --chmod=0755 docker/triton-entrypoint.sh /usr/local/bin/triton-entrypoint
ENV AVILA_LORA_DIRS=/models/loras:/opt/avila/models/loras \
    AVILA_EMBEDDING_DIR=/models/embeddings \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=15s --timeout=5s --start-period=900s --retries=4 \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v2/health/ready', timeout=4)"]
ENTRYPOINT ["triton-entrypoint", "tritonserver"]
CMD ["--model-repository=/models/repository", "--model-control-mode=explicit", "--exit-on-error=false", "--strict-readiness=false", "--disable-auto-complete-config"]
