"""Adds TensorRT plans to an installed pipeline: built once per component and kind of GPU, found by compute capability.

Several machines with different GPUs may do so for one repository; each adds its plans and leaves the others'. With
TensorRT for RTX, for which Triton has no backend, the plans are only kept beside the repository.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from diffusion.components import ComponentSpec, Part
from diffusion.pipeline import PipelineSpec, component_specs
from export.checkpoint import Checkpoint
from export.errors import RepositoryError
from export.manifest import MANIFEST_FILE, file_entry
from export.repository import GRAPH_FILE, PIPELINE_FILE, WEIGHTS_FILE, link, read_manifest
from export.step import described
from export.tensorrt import Library, PlanSettings, Profile, local_capability, make_profiles, plan_key
from export.transaction import locked, prepare_state, transaction
from export.triton_config import PlanFiles, Target, component_config

SECONDS_TO_START = 5.0
SECONDS_PER_BYTE = (
    1.1e-7  # Stable Diffusion 1.5's UNet with TensorRT for RTX on two cores (benchmarks/results/full-size.md)
)
PlanRunner = Callable[[dict[str, Any], str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class WantedPlan:
    """One plan: what it is built from, and where it is kept."""

    component: Part
    spec: ComponentSpec
    model: Path
    profiles: list[Profile]
    capabilities: tuple[str, ...]
    path: Path

    @property
    def is_built(self) -> bool:
        """Whether the plan of exactly this key is there; its name holds the key."""
        return self.path.is_file()

    @property
    def seconds(self) -> float:
        """About how long it takes to build."""
        return SECONDS_TO_START + (self.model.parent / WEIGHTS_FILE).stat().st_size * SECONDS_PER_BYTE


def planned_profiles(checkpoint: Checkpoint, settings: PlanSettings) -> dict[Part, int]:
    """How many profiles each plan will have: known before anything is built.

    Raises:
        TensorRtError: when a profile is no size of the checkpoint's pipeline.
    """
    pipeline = described(checkpoint)
    pixels = pipeline.latent.pixels
    return {
        part: len(make_profiles(spec, settings.buckets, pixels)) for part, spec in component_specs(pipeline).items()
    }


def wanted_plans(repository: Path, name: str, settings: PlanSettings) -> list[WantedPlan]:
    """The plans of every component of the installed pipeline `name`.

    Raises:
        RepositoryError: when it is not installed.
        TensorRtError: when the library is missing, or there is no GPU to build for.
    """
    if read_manifest(repository, name) is None:
        raise RepositoryError(f"{name} is not installed in {repository}")
    pipeline = PipelineSpec.load(repository / name / "1" / PIPELINE_FILE)
    capabilities = settings.capabilities or (local_capability(),)
    folder = prepare_state(repository) / "plans"
    wanted = []
    for component, spec in component_specs(pipeline).items():
        model = repository / f"{name}__{component}" / "1" / GRAPH_FILE
        profiles = make_profiles(spec, settings.buckets, pipeline.latent.pixels)
        key = plan_key(model, profiles, settings, capabilities)
        path = folder / f"{component}-{key[:24]}.plan"
        wanted.append(WantedPlan(component, spec, model, profiles, capabilities, path))
    return wanted


def build_wanted(wanted: WantedPlan, settings: PlanSettings, run: PlanRunner) -> dict[str, Any]:
    """Build one plan in a process of its own and keep it; returns its figures."""
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    draft, timing = wanted.path.with_name(f"{uuid.uuid4().hex}.draft"), timing_cache(wanted, settings)
    job = {
        "step": "plan",
        "model": str(wanted.model),
        "profiles": wanted.profiles,
        "settings": asdict(settings),
        "target": str(draft),
        "timing_cache": None if timing is None else str(timing),
    }
    try:
        answer = run(job, f"plan {wanted.component}")
        draft.replace(wanted.path)
    finally:
        draft.unlink(missing_ok=True)
    return {**answer["result"], "peak_bytes": answer["peak_bytes"]}


def timing_cache(wanted: WantedPlan, settings: PlanSettings) -> Path | None:
    """Where the times that full TensorRT measured on this kind of GPU are kept; TensorRT for RTX measures none."""
    if settings.library is Library.RTX:
        return None
    return wanted.path.with_name(f"{settings.library.value}-{'-'.join(wanted.capabilities)}.timing")


def install_plans(repository: Path, name: str, wanted: list[WantedPlan], settings: PlanSettings) -> None:
    """Put built plans beside the graphs and let the GPU configurations name them, as one change.

    Those of TensorRT for RTX are only noted down as the pipeline's, so that they are kept.

    Raises:
        RepositoryError: when the pipeline is not installed, or was installed anew while its plans were built.
    """
    with locked(repository):
        manifest = read_manifest(repository, name)
        if manifest is None or not manifest.is_intact(repository):
            raise RepositoryError(f"{name} is not installed, or was changed; export it again")
        files, plans = dict(manifest.files), {model: dict(known) for model, known in manifest.plans.items()}
        with transaction(repository) as staged:
            for plan in wanted:
                model = f"{name}__{plan.component}"
                known = plans.setdefault(model, {})
                known |= {_target(one, settings): plan.path.name for one in plan.capabilities}
                if settings.library is Library.RTX:
                    continue
                mine = PlanFiles(_of_slice(known, settings.mig_profile), len(plan.profiles))
                config = component_config(model, plan.spec, Target.TENSORRT, mine)
                staged.path(f"{model}/{_config_file(settings.mig_profile)}").write_text(config, encoding="utf-8")
                link(plan.path, staged.path(f"{model}/1/{plan.path.name}"))
            files |= _staged_files(staged.folder / "files")
            obsolete = _unnamed_plans(files, plans)
            kept = {path: entry for path, entry in files.items() if path not in obsolete}
            replace(manifest, files=kept, plans=plans).write(staged.path(f"{name}/1/{MANIFEST_FILE}"))
            staged.commit(removed=obsolete)


def _target(capability: str, settings: PlanSettings) -> str:
    place = settings.library.value if settings.library is Library.RTX else settings.mig_profile
    return f"{capability}@{place}" if place else capability


def _of_slice(known: dict[str, str], mig_profile: str) -> dict[str, str]:
    """The plans for one MIG profile, or for whole GPUs: both have the same compute capability."""
    split = ((*target.partition("@")[::2], file) for target, file in known.items())
    return {capability: file for capability, place, file in split if place == mig_profile}


def _config_file(mig_profile: str) -> str:
    """Triton takes a slice's with --model-config-name=mig-PROFILE."""
    return f"configs/mig-{mig_profile}.pbtxt" if mig_profile else "config.pbtxt"


def _staged_files(root: Path) -> dict[str, tuple[int, str]]:
    paths = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): entry for path in paths if (entry := file_entry(path))}


def _unnamed_plans(files: dict[str, tuple[int, str]], plans: dict[str, dict[str, str]]) -> set[str]:
    """Installed plans that no configuration names any more."""
    named = {f"{model}/1/{file}" for model, known in plans.items() for file in known.values()}
    return {path for path in files if path.endswith(".plan")} - named
