"""`python -m benchmarks.mlperf SCENARIO`: MLPerf's LoadGen asks for pictures through the gateway."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks.load.scenario import Ask
from benchmarks.machine import ROOT, describe
from benchmarks.mlperf.rules import RULES, SCENARIOS, Length, Rules, RulesError, settings_for
from benchmarks.mlperf.service import Service

KEYS = "BENCH_API_KEYS"
FIGURE = re.compile(r"^(.+?)\s*: (.+)$")


def main(arguments: list[str] | None = None) -> int:
    """Run one scenario; 0 when LoadGen calls the run valid and no query failed."""
    options = _parser().parse_args(arguments)
    rules, length = RULES[options.rules], Length(options.qps, options.seconds, options.queries, options.latency)
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        settings = settings_for(rules, options.scenario, length, options.output)
        prompts = _prompts(options.prompts)
    except (RulesError, OSError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.show_rules:
        print(json.dumps(_shown(settings, rules), indent=1))
        return 0
    key = os.environ.get(KEYS, "").split(",")[0].strip()
    service = Service(options.url, key, options.model, rules, prompts, options.concurrency)
    _run(service, settings, options.output, max(len(prompts), settings.performance_sample_count_override))
    figures = read_summary(options.output / "mlperf_log_summary.txt")
    result = {
        **describe(),
        "scenario": options.scenario,
        "rules": _shown(settings, rules),
        "result": figures.get("Result is"),
        "answered": service.answered,
        "failed": len(service.failures),
        "failures": sorted(set(service.failures))[:10],
        "figures": figures,
    }
    path = options.output / f"{options.scenario.lower()}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(
        f"{options.scenario}: {result['result']}, {service.answered} answered, {len(service.failures)} failed; {path}"
    )
    for failure in result["failures"]:
        print(f"  {failure}", file=sys.stderr)
    return 0 if result["result"] == "VALID" and not service.failures else 1


def read_summary(path: Path) -> dict[str, str]:
    """The figures of LoadGen's summary by their names."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := FIGURE.match(line.strip()))}


def _run(service: Service, settings: Any, folder: Path, samples: int) -> None:
    import mlperf_loadgen as loadgen  # noqa: PLC0415

    logs = loadgen.LogSettings()
    logs.log_output.outdir = str(folder)
    logs.log_output.copy_summary_to_stdout = False
    logs.enable_trace = False
    library = loadgen.ConstructQSL(samples, samples, lambda _: None, lambda _: None)
    system = loadgen.ConstructSUT(service.issue, service.flush)
    try:
        loadgen.StartTestWithLogSettings(system, library, settings, logs)
    finally:
        service.close()
        loadgen.DestroySUT(system)
        loadgen.DestroyQSL(library)


def _shown(settings: Any, rules: Rules) -> dict[str, Any]:
    return {
        "rules": rules.name,
        "request": rules.body("…", "…", 0),
        "min_duration_s": settings.min_duration_ms / 1e3,
        "min_query_count": settings.min_query_count,
        "samples": settings.performance_sample_count_override,
        "server_target_qps": settings.server_target_qps,
        "server_target_latency_s": settings.server_target_latency_ns / 1e9,
        "server_target_latency_percentile": settings.server_target_latency_percentile,
    }


def _prompts(path: Path | None) -> list[str]:
    if path is None:
        return list(Ask().prompts)
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mlperf", description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument(
        "--rules", choices=sorted(RULES), default="own", help="sdxl: the benchmark's, 10 minutes at least"
    )
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", default="avila-demo")
    parser.add_argument("--qps", type=float, default=1.0, help="rate of Server; what LoadGen expects elsewhere")
    parser.add_argument("--seconds", type=float, default=10.0, help="with own rules: the least length")
    parser.add_argument("--queries", type=int, default=10, help="with own rules: the least number")
    parser.add_argument("--latency", type=float, default=20.0, help="with own rules: Server's limit in seconds, p99")
    parser.add_argument("--prompts", type=Path, help="a file with one prompt a line, as COCO's captions")
    parser.add_argument("--concurrency", type=int, default=64, help="requests in flight at most")
    parser.add_argument("--show-rules", action="store_true", help="print the rules in force and leave")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results" / "mlperf")
    return parser


if __name__ == "__main__":
    sys.exit(main())
