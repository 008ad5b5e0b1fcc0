#!/bin/sh
# `tritonserver` from the nvidia-pytriton wheel, with the arguments of NVIDIA's.
# The python backend finds its stub only beside its library, so the two are linked into one folder: `tritonserver --link`,
# once, when the image is built. The stub looks for modules there too: some start Python in isolated mode, which ignores
# PYTHONPATH, so `diffusion` is linked beside it.
set -eu
venv=${TRITON_VENV:-/opt/venv}
backends=${TRITON_BACKENDS:-/opt/avila/backends}
facts=$("$venv/bin/python" -c 'import sys, sysconfig as s
print(*sys.version_info[:2], sep=".", end=" ")
print(s.get_config_var("LIBDIR"), s.get_path("purelib"))')
# shellcheck disable=SC2086 # three words without spaces
set -- $facts "$@"
version=$1
libraries=$2
server=$3/pytriton/tritonserver
shift 3

if [ "${1:-}" = --link ]; then
    mkdir -p "$backends/python"
    for part in backends/python/libtriton_python.so backends/python/triton_python_backend_utils.py \
        "python_backend_stubs/$version/triton_python_backend_stub"; do
        ln -sf "$server/$part" "$backends/python/"
    done
    ln -sfn ../../diffusion "$backends/python/diffusion"
    exit 0
fi
# The stub takes its packages from the first python3 on PATH and its libpython from LD_LIBRARY_PATH.
PATH="$venv/bin:$PATH" LD_LIBRARY_PATH="$libraries" exec "$server/bin/tritonserver" \
    --backend-directory="$backends" --cache-directory="$server/caches" "$@"
