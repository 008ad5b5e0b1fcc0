"""Run by the tools' own Python: parses each query of a JSON list, prints those that are none, one a line."""

from __future__ import annotations

import json
import sys

import promql_parser  # type: ignore[import-not-found,unused-ignore]

for query in json.load(sys.stdin):
    try:
        promql_parser.parse(query)
    except ValueError as error:
        print(f"{query}: {error}")
