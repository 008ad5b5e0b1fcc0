"""The folders of LoRA files: finding one by name, and the sets of them that requests use, in bounded memory."""

from __future__ import annotations

import difflib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from diffusion.errors import InvalidFieldError, QueueFullError
from diffusion.loras.factors import LoraSet, SetKey, read_set
from diffusion.loras.file import LoraFileError, LoraHeader, read_header
from diffusion.pipeline import PipelineSpec
from diffusion.request import Lora

SUFFIX = ".safetensors"
MAX_CACHE_BYTES = 1 << 30
RETRY_S = 5.0


class LoraLibrary:
    """Finds and reads LoRAs. Thread-safe: files are read on any thread, while the engine's runs.

    Args:
        folders: searched in this order; those that are missing are passed over.
        max_bytes: of the sets in memory, those that requests still use among them.
    """

    def __init__(self, folders: Sequence[Path] = (), max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._folders = tuple(folders)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._sets: OrderedDict[SetKey, LoraSet] = OrderedDict()
        self._uses: dict[SetKey, int] = {}

    def names(self) -> list[str]:
        """Every LoRA's name, in order."""
        return sorted(self._files())

    def headers(self) -> list[LoraHeader]:
        """What every readable file says of itself, by name in order."""
        found = []
        for _, path in sorted(self._files().items()):
            try:
                found.append(read_header(path))
            except LoraFileError:
                continue  # told to whoever asks for it by name
        return found

    def paths(self) -> Mapping[str, Path]:
        """Every LoRA's file by its name; where two folders have one, the first's."""
        return self._files()

    def check_names(self, loras: Sequence[Lora]) -> None:
        """Raise InvalidFieldError for the first name that is no LoRA's, with the near ones."""
        files = self._files()
        for number, lora in enumerate(loras):
            if lora.name not in files:
                raise InvalidFieldError(f"loras[{number}].name", lora.name, _allowed(lora.name, sorted(files)))

    def key(self, loras: Sequence[Lora]) -> SetKey:
        """What tells this set from others: files, their state on disk, and weights.

        Raises:
            InvalidFieldError: an unknown name.
        """
        self.check_names(loras)
        files = self._files()
        return tuple((str(files[lora.name]), _state(files[lora.name]), lora.weight) for lora in loras)

    def is_cold(self, loras: Sequence[Lora]) -> bool:
        """Whether `hold` would have to read files."""
        key = self.key(loras)
        with self._lock:
            return key not in self._sets

    def load(self, loras: Sequence[Lora], spec: PipelineSpec) -> LoraSet:
        """Read the set into memory, so that `hold` finds it there.

        Raises:
            InvalidFieldError: an unknown name, a file that cannot be used with `spec`, or a rank above its limit.
            QueueFullError: what requests use fills the memory.
        """
        key = self.key(loras)
        with self._lock:
            if key in self._sets:
                self._sets.move_to_end(key)
                return self._sets[key]
        try:
            found = read_set(key, spec)
        except LoraFileError as error:
            raise InvalidFieldError("loras", ", ".join(lora.name for lora in loras), str(error)) from error
        with self._lock:
            self._make_room(found.num_bytes)
            return self._sets.setdefault(key, found)

    def hold(self, loras: Sequence[Lora], spec: PipelineSpec) -> LoraSet | None:
        """The set, kept until it was released as often; None for no LoRA. Raises what `load` raises."""
        if not loras:
            return None
        found = self.load(loras, spec)
        with self._lock:
            self._uses[found.key] = self._uses.get(found.key, 0) + 1
            return self._sets.setdefault(found.key, found)

    def release(self, held: LoraSet | None) -> None:
        """A request no longer needs what it held."""
        if held is None:
            return
        with self._lock:
            left = self._uses.pop(held.key, 0) - 1
            if left > 0:
                self._uses[held.key] = left

    @property
    def cached_bytes(self) -> int:
        """Memory of all sets."""
        return sum(found.num_bytes for found in self._sets.values())

    def _make_room(self, needed: int) -> None:
        """Let go of the sets that were used longest ago, but of none that a request holds."""
        for key in [key for key in self._sets if key not in self._uses]:
            if self.cached_bytes + needed <= self._max_bytes:
                return
            del self._sets[key]
        if self._sets and self.cached_bytes + needed > self._max_bytes:
            raise QueueFullError("the LoRAs of the accepted requests fill the memory kept for them", RETRY_S)

    def _files(self) -> Mapping[str, Path]:
        found: dict[str, Path] = {}
        for folder in reversed(self._folders):
            if folder.is_dir():
                found |= {path.stem: path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file()}
        return found


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise LoraFileError(path, f"cannot be read ({error.strerror})") from None
    return status.st_mtime_ns, status.st_size


def _allowed(name: str, known: Sequence[str]) -> str:
    if not known:
        return "no LoRA is installed"
    near = difflib.get_close_matches(name, known, n=3)
    return f"{' or '.join(near)} (near ones)" if near else f"one of {', '.join(known[:20])}"
