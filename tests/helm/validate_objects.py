"""Run by the tools' own Python: checks objects against Kubernetes' schemas, prints one problem a line.

Arguments: versions. Input: a JSON list of objects. A kind that Kubernetes does not have is a problem too, unless it is
one of `CUSTOM`, which validate_custom.mjs checks.
"""

from __future__ import annotations

import functools
import json
import sys

import jsonschema  # type: ignore[import-not-found,import-untyped,unused-ignore]
import kubernetes_validate  # type: ignore[import-not-found,unused-ignore]
from kubernetes_validate import utils  # type: ignore[import-not-found,unused-ignore]

CUSTOM = {"ScaledObject", "ServiceMonitor", "PodMonitor", "PrometheusRule", "HTTPRoute"}

# The library reads its definitions, a megabyte, again for every object.
utils.schema_contents = functools.cache(utils.schema_contents)


def main() -> None:
    """Check all for every version."""
    for version in sys.argv[1:]:
        assert version in {known.rpartition(".")[0] for known in utils.all_versions()}, version
    for found in json.load(sys.stdin):
        name = f"{found['kind']}/{found['metadata']['name']}"
        if found["kind"] in CUSTOM:
            continue
        for version in sys.argv[1:]:
            try:
                kubernetes_validate.validate(found, version, strict=True)
            except kubernetes_validate.SchemaNotFoundError as error:
                print(f"{version} {name}: {error.message}")
            except jsonschema.ValidationError as error:
                where = ".".join(map(str, error.absolute_path))
                print(f"{version} {name}: {where}: {error.message[:300]}")


if __name__ == "__main__":
    main()
