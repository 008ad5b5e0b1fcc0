# syntax=docker/dockerfile:1
# NVIDIA's Triton with the engine: `diffusion/` and the orchestrator's two packages. Models come from a volume.
#   docker build -f docker/triton.Dockerfile -t avila/triton .
# The exporter's TensorRT must be the one inside: change both images together.
ARG TRITON_IMAGE=nvcr.io/nvidia/tritonserver:26.07-py3
# hadolint ignore=DL3006
FROM ${TRITON_IMAGE}
# A folder of their own: the image's Python and its numpy, which the python backend was built for, stay as they are.
COPY docker/triton-packages.txt /tmp/packages.txt
RUN python3 -m pip install --no-cache-dir --no-deps --target /opt/avila/packages -r /tmp/packages.txt \
    && rm /tmp/packages.txt \
    && groupadd --gid 10001 avila \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin avila \
    && install --directory --owner=10001 --group=10001 /run/avila /models
COPY diffusion/ /opt/avila/diffusion/
COPY --chmod=0755 docker/triton-entrypoint.sh /usr/local/bin/triton-entrypoint
ENV PYTHONPATH=/opt/avila:/opt/avila/packages \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=15s --timeout=5s --start-period=900s --retries=4 \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v2/health/ready', timeout=4)"]
ENTRYPOINT ["triton-entrypoint", "tritonserver"]
CMD ["--model-repository=/models", "--model-control-mode=explicit", "--load-model=*", "--exit-on-error=false", "--strict-readiness=false", "--disable-auto-complete-config"]
