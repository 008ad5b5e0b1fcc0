"""Standard normal noise from a seed, the numbers torch's CPU generator gives for that seed.

torch fills a float32 tensor of 16 or more values like this: one MT19937 draw of 32 bits per value, of which the low
24 bits make a uniform number in [0, 1); then, block by block of 16, Box-Muller with the first eight numbers as radius
and the last eight as angle; where the count is no multiple of 16, the last 16 values are made again from 16 new
draws. On x86-64 it computes logarithm, sine and cosine with the single-precision polynomials of Moshier's Cephes
library, with fused multiply-adds. The same polynomials and the same roundings are used here, so the result is
torch's bit for bit, and is the same with every numpy version and on every processor: nothing but additions,
multiplications and square roots is left to the platform. Smaller tensors take another path in torch
(``_next_normal``).
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_BLOCK = 16
_HALF = _BLOCK // 2
_SEED_MIN, _SEED_MAX = -(2**63), 2**64 - 1

# Cephes logf and sinf/cosf: the polynomial coefficients, highest power first, and the constants split in parts.
_LOG_POLYNOMIAL = (
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4
_QUARTER_PI_PARTS = (0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)
_COS_POLYNOMIAL = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_SIN_POLYNOMIAL = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)


class NoiseGenerator:
    """The normal numbers of ``torch.Generator("cpu").manual_seed(seed)``, call after call.

    One generator belongs to one image: the order of the calls decides what each of them gets, exactly as in torch.
    """

    def __init__(self, seed: int) -> None:
        """Seed the stream; raises ValueError where torch would refuse the seed (outside -2^63 … 2^64-1)."""
        if not _SEED_MIN <= seed <= _SEED_MAX:
            raise ValueError(f"seed {seed} is outside {_SEED_MIN} … {_SEED_MAX}")
        self._uniform_bits = np.random.RandomState(seed & 0xFFFFFFFF)
        self._kept_normal: float | None = None

    def normal(self, shape: Sequence[int]) -> Float32Array:
        """Draw a float32 array of ``shape`` from the standard normal distribution.

        Equal to ``torch.randn(shape, generator=generator)`` at this point of the stream.
        """
        count = math.prod(shape)
        if count < _BLOCK:
            values = np.array([self._next_normal() for _ in range(count)], dtype=np.float32)
        else:
            values = self._normal_blocks(count)
        return values.reshape(tuple(shape))

    def _normal_blocks(self, count: int) -> Float32Array:
        values = np.empty(count, dtype=np.float32)
        uniform = self._uniform(count)
        whole = count - count % _BLOCK
        values[:whole] = _box_muller(uniform[:whole])
        if whole != count:
            values[-_BLOCK:] = _box_muller(self._uniform(_BLOCK))
        return values

    def _uniform(self, count: int) -> Float32Array:
        return (self._draws(count) & np.uint32(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)

    def _draws(self, count: int) -> npt.NDArray[np.uint32]:
        return self._uniform_bits.randint(0, 2**32, size=count, dtype=np.uint32)

    def _next_normal(self) -> float:
        """One value as torch makes it for tensors of fewer than 16 values: double precision, every second one kept."""
        if self._kept_normal is not None:
            kept, self._kept_normal = self._kept_normal, None
            return kept
        angle = 2.0 * math.pi * self._next_double()
        radius = math.sqrt(-2.0 * math.log1p(-self._next_double()))
        self._kept_normal = radius * math.sin(angle)
        return radius * math.cos(angle)

    def _next_double(self) -> float:
        high, low = (int(draw) for draw in self._draws(2))
        return float(((high << 32 | low) & (2**53 - 1)) * 2.0**-53)


def _box_muller(uniform: Float32Array) -> Float32Array:
    blocks = uniform.reshape(-1, _BLOCK)
    radius = np.sqrt(np.float32(-2.0) * _log(np.float32(1.0) - blocks[:, :_HALF]))
    sine, cosine = _sine_and_cosine(np.float32(2.0 * math.pi) * blocks[:, _HALF:])
    values = np.empty_like(blocks)
    np.multiply(radius, cosine, out=values[:, :_HALF])
    np.multiply(radius, sine, out=values[:, _HALF:])
    return values.reshape(-1)


def _fused(factor: Float32Array, other: Float32Array | float, addend: Float32Array | float) -> Float32Array:
    """factor · other + addend, rounded once: the product of two float32 numbers is exact in float64."""
    wide: Float64Array = np.multiply(factor, _single(other), dtype=np.float64)
    np.add(wide, _single(addend), out=wide)
    return wide.astype(np.float32)


def _single(value: Float32Array | float) -> Float32Array | np.float32:
    return value if isinstance(value, np.ndarray) else np.float32(value)


def _polynomial(x: Float32Array, coefficients: Sequence[float]) -> Float32Array:
    value = _fused(x, coefficients[0], coefficients[1])
    for coefficient in coefficients[2:]:
        value = _fused(value, x, coefficient)
    return value


def _log(x: Float32Array) -> Float32Array:
    """Natural logarithm of x in (0, 1]."""
    mantissa, binary_exponent = np.frexp(x)
    small: BoolArray = mantissa < np.float32(math.sqrt(0.5))
    exponent = (binary_exponent - small).astype(np.float32)
    reduced = (mantissa - np.float32(1.0)) + np.where(small, mantissa, np.float32(0.0))
    square = reduced * reduced
    series = _polynomial(reduced, _LOG_POLYNOMIAL) * reduced
    series = _fused(series, square, exponent * np.float32(_LN2_LOW))
    series = _fused(square, -0.5, series)
    return _fused(exponent, _LN2_HIGH, reduced + series)


def _sine_and_cosine(angle: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Sine and cosine of angles in [0, 2π]."""
    octant = (angle * np.float32(4.0 / math.pi)).astype(np.int32)
    octant = (octant + 1) & ~1
    reduced, quarters = angle, octant.astype(np.float32)
    for part in _QUARTER_PI_PARTS:
        reduced = _fused(quarters, -part, reduced)
    square = reduced * reduced
    cosine = _polynomial(square, _COS_POLYNOMIAL) * square
    cosine = _fused(cosine, square, square * np.float32(-0.5)) + np.float32(1.0)
    sine = _polynomial(square, _SIN_POLYNOMIAL) * square
    sine = _fused(sine, reduced, reduced)
    swapped: BoolArray = (octant & 2) != 0
    sine_negative: BoolArray = (octant & 4) != 0
    cosine_negative: BoolArray = ((octant + 2) & 4) != 0
    swapped_sine, swapped_cosine = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    return (
        np.where(sine_negative, -swapped_sine, swapped_sine),
        np.where(cosine_negative, -swapped_cosine, swapped_cosine),
    )
