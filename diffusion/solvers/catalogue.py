"""The solvers and schedules there are, with the names that people and AUTOMATIC1111's clients know them by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from diffusion.solvers import (
    ddim,
    ddpm,
    deis,
    dpm2,
    dpmpp_2s_ancestral,
    dpmpp_multistep,
    dpmpp_sde,
    euler,
    euler_ancestral,
    flow_euler,
    heun,
    lcm,
    lms,
    pndm,
    unipc,
)
from diffusion.solvers.base import PredictionType, SolverTable, TableRequest
from diffusion.solvers.schedules import GRID_SCHEDULES, SPACINGS

_DIFFUSION = (PredictionType.EPSILON, PredictionType.V_PREDICTION)


Build = Callable[[TableRequest], SolverTable]


@dataclass(frozen=True, slots=True)
class SolverInfo:
    """What a surface needs to know of a solver.

    Attributes:
        key: its name in requests.
        name: AUTOMATIC1111's display name.
        aliases: other names it is known by.
        build: makes the table of a checked request.
        schedules: keys of the schedules it runs on.
        default_schedule: what AUTOMATIC1111's "Automatic" means for it; "default" is the checkpoint's own spacing.
        default_eta: amount of noise where the request states none; None for solvers that have no such amount.
        draws_noise: whether it adds noise at each step, by default.
        evaluations_per_step: network evaluations of a step.
        predictions: kinds of network output it can run.
    """

    key: str
    name: str
    aliases: tuple[str, ...]
    build: Build
    schedules: tuple[str, ...] = GRID_SCHEDULES
    default_schedule: str = "default"
    default_eta: float | None = None
    draws_noise: bool = False
    evaluations_per_step: int = 1
    predictions: tuple[PredictionType, ...] = _DIFFUSION


def _deterministic(key: str, name: str, build: Build, *aliases: str, automatic: str = "default") -> SolverInfo:
    return SolverInfo(key, name, aliases, build, default_schedule=automatic)


def _stochastic(key: str, name: str, build: Build, *aliases: str, automatic: str = "default") -> SolverInfo:
    return SolverInfo(key, name, aliases, build, default_schedule=automatic, default_eta=1.0, draws_noise=True)


def _two_evaluations(info: SolverInfo) -> SolverInfo:
    return replace(info, evaluations_per_step=2)


_ALL = (
    _stochastic("euler_a", "Euler a", euler_ancestral.build, "k_euler_a", "k_euler_ancestral", "euler_ancestral"),
    _deterministic("euler", "Euler", euler.build, "k_euler"),
    _deterministic("dpmpp_2m", "DPM++ 2M", dpmpp_multistep.build_2m, "k_dpmpp_2m", automatic="karras"),
    _stochastic(
        "dpmpp_2m_sde", "DPM++ 2M SDE", dpmpp_multistep.build_2m_sde, "k_dpmpp_2m_sde", automatic="exponential"
    ),
    _stochastic(
        "dpmpp_2m_sde_heun",
        "DPM++ 2M SDE Heun",
        dpmpp_multistep.build_2m_sde_heun,
        "k_dpmpp_2m_sde_heun",
        automatic="exponential",
    ),
    _stochastic(
        "dpmpp_3m_sde", "DPM++ 3M SDE", dpmpp_multistep.build_3m_sde, "k_dpmpp_3m_sde", automatic="exponential"
    ),
    _two_evaluations(_stochastic("dpmpp_sde", "DPM++ SDE", dpmpp_sde.build, "k_dpmpp_sde", automatic="karras")),
    _two_evaluations(
        _stochastic(
            "dpmpp_2s_a",
            "DPM++ 2S a",
            dpmpp_2s_ancestral.build,
            "k_dpmpp_2s_a",
            "k_dpmpp_2s_ancestral",
            "dpmpp_2s_ancestral",
            automatic="karras",
        )
    ),
    _two_evaluations(_deterministic("heun", "Heun", heun.build, "k_heun")),
    _two_evaluations(_deterministic("dpm2", "DPM2", dpm2.build, "k_dpm_2", automatic="karras")),
    _two_evaluations(
        _stochastic("dpm2_a", "DPM2 a", dpm2.build_ancestral, "k_dpm_2_a", "k_dpm_2_ancestral", automatic="karras")
    ),
    _deterministic("lms", "LMS", lms.build, "k_lms"),
    _deterministic("unipc", "UniPC", unipc.build, "uni_pc"),
    _deterministic("deis", "DEIS", deis.build),
    SolverInfo("ddim", "DDIM", (), ddim.build, schedules=SPACINGS, default_eta=0.0),
    SolverInfo("ddpm", "DDPM", (), ddpm.build, schedules=SPACINGS, draws_noise=True),
    SolverInfo("pndm", "PLMS", ("k_plms",), pndm.build, schedules=SPACINGS),
    SolverInfo("lcm", "LCM", ("k_lcm",), lcm.build, schedules=("default",), draws_noise=True),
    SolverInfo(
        "flow_euler",
        "Flow Euler",
        ("flow_match_euler",),
        flow_euler.build,
        schedules=flow_euler.SCHEDULES,
        predictions=(PredictionType.FLOW,),
    ),
)

SOLVERS: Mapping[str, SolverInfo] = MappingProxyType({info.key: info for info in _ALL})

# Keys of the schedules, and the labels that AUTOMATIC1111 shows for them.
SCHEDULE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "default": "Automatic",
        "karras": "Karras",
        "exponential": "Exponential",
        "beta": "Beta",
        "trailing": "Trailing",
        "leading": "Leading",
        "linspace": "Uniform",
        "sgm_uniform": "SGM Uniform",
        "simple": "Simple",
        "align_your_steps": "Align Your Steps",
        "align_your_steps_sdxl": "Align Your Steps SDXL",
    }
)
SCHEDULES = tuple(SCHEDULE_LABELS)
