"""Prompts to the denoiser's text conditioning: chunks of tokens, encoded in batches, each distinct chunk once."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffusion.components import CLIP_SKIP, TOKEN_EMBEDDINGS, Component, Network, Tensor, Variant
from diffusion.embeddings import EmbeddingError
from diffusion.errors import InvalidFieldError
from diffusion.loras.factors import SetKey, StackedFactors, pack_rows
from diffusion.pipeline import PipelineSpec, TextSpec
from diffusion.prompt.chunks import Chunker, Passage, TextTokenizer, TokenIds, Weights
from diffusion.prompt.emphasis import Emphasis, Piece, read_emphasis
from diffusion.prompt.plan import Track, make_plan
from diffusion.request import GenerationRequest
from diffusion.runner import Runner

Context = NDArray[np.float32]
ChunkKey = tuple[SetKey, int, bytes]
ChunkRow = tuple[TokenIds, Passage]
"""A chunk's token ids, and the passage it is of."""


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """A request's texts as rows of tokens, all of the same number of chunks, and the rows of an image that use them.

    `zeros` is the number of the text whose conditioning is zeros instead of its encoding, if there is one.
    """

    passages: tuple[Passage, ...]
    positive: tuple[Track, ...]
    negative: Track
    emphasis: Emphasis
    zeros: int | None = None

    @property
    def num_chunks(self) -> int:
        """Length of the conditioning, in chunks."""
        return len(self.passages[0].ids)


def tokenize(request: GenerationRequest, spec: PipelineSpec, tokenizer: TextTokenizer) -> TokenizedPrompt:
    """Read and tokenise both prompts; shorter texts are padded with empty chunks.

    Raises:
        InvalidFieldError: a text longer than `spec.limits.max_prompt_chunks`, or more texts than a request may have.
    """
    plan = make_plan(request.prompt, request.negative_prompt, request.num_inference_steps)
    emphasis = Emphasis(request.emphasis)
    chunker = Chunker(tokenizer, spec.text)
    passages = []
    for field, text in zip(plan.fields, plan.texts, strict=True):
        passages.append(_passage(field, read_emphasis(text, emphasis).pieces, chunker, request.clip_skip))
        _check_length(field, len(passages[-1].ids), spec)
    empty = _passage("prompt", [], chunker, request.clip_skip)
    longest = max(len(passage.ids) for passage in passages)
    negative, zeros = plan.negative, None
    if spec.zero_empty_negative and not request.negative_prompt:
        negative, zeros = Track(1.0, (len(passages),)), len(passages)  # a text of its own: the prompt may be empty too
        passages.append(empty)
    padded = tuple(passage.padded(longest, empty) for passage in passages)
    return TokenizedPrompt(padded, plan.positive, negative, emphasis, zeros)


def _passage(field: str, pieces: Iterable[Piece], chunker: Chunker, clip_skip: int) -> Passage:
    try:
        return dataclasses.replace(chunker.passage(pieces), clip_skip=clip_skip)
    except EmbeddingError as error:
        raise InvalidFieldError(field, error.name, f"an embedding that can be used ({error.reason})") from error


def _check_length(field: str, chunks: int, spec: PipelineSpec) -> None:
    longest = spec.limits.max_prompt_chunks
    if chunks > longest:
        tokens = spec.text.chunk_tokens - 2
        raise InvalidFieldError(field, f"{chunks} chunks", f"at most {longest} chunks of {tokens} tokens")


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What a text tells the denoiser: `states` float32 [tokens, width]; `pooled` float32 [pooled width], or empty."""

    states: Context
    pooled: Context

    def zeros(self) -> Conditioning:
        """The same sizes, all zero."""
        return Conditioning(np.zeros_like(self.states), np.zeros_like(self.pooled))


class TextConditioner:
    """Encodes chunks through the runner and remembers the `cache_chunks` last used.

    Two text encoders (Stable Diffusion XL and 3) read the same tokens, each with its own padding; their states stand
    beside each other, and so do the pooled texts of those that give one.
    """

    def __init__(self, runner: Runner, spec: PipelineSpec, cache_chunks: int = 512) -> None:
        self._runner = runner
        self._texts = spec.texts
        self._max_rows = min(spec.max_rows[component] for component in spec.texts)
        self._cache_chunks = cache_chunks
        self._cache: OrderedDict[ChunkKey, Conditioning] = OrderedDict()

    def prepare(self, prompts: Iterable[tuple[TokenizedPrompt, StackedFactors | None]]) -> int:
        """Encode all chunks of `prompts` that are not remembered, in as few calls as the encoder's cap allows.

        Chunks under LoRAs that change the encoder are others than the same chunks without, and run apart from them.
        Returns the number of rows that were run. Raises what the runner raises.
        """
        wanted = {
            _key(row, passage, loras): ((row, passage), loras)
            for prompt, loras in prompts
            for passage in prompt.passages
            for row in passage.ids
        }
        for key in wanted.keys() & self._cache.keys():
            self._cache.move_to_end(key)
        missing = {key: chunk for key, chunk in wanted.items() if key not in self._cache}
        plain = [(key, row, None) for key, (row, loras) in missing.items() if loras is None]
        changed = [(key, row, loras) for key, (row, loras) in missing.items() if loras is not None]
        for chunks in (plain, changed):
            for start in range(0, len(chunks), self._max_rows):
                part = chunks[start : start + self._max_rows]
                factors = [loras for _, _, loras in part if loras is not None]
                encoded = self._encode([row for _, row, _ in part], factors)
                self._cache.update({key: chunk for (key, *_), chunk in zip(part, encoded, strict=True)})
        self._trim(keep=len(wanted))
        return len(missing)

    def contexts(self, prompt: TokenizedPrompt, loras: StackedFactors | None = None) -> tuple[Conditioning, ...]:
        """The conditioning of each passage of a prompt that was prepared just before.

        States of all chunks, one after another, on which weights have had their effect; pooled text of the first chunk.
        """
        found = [self._context(passage, prompt.emphasis, loras) for passage in prompt.passages]
        if prompt.zeros is not None:
            found[prompt.zeros] = found[prompt.zeros].zeros()
        return tuple(found)

    def _encode(self, rows: Sequence[ChunkRow], factors: Sequence[StackedFactors]) -> list[Conditioning]:
        states, pooled = [], [np.empty((len(rows), 0), np.float32)]
        first = next(iter(self._texts.values()))
        for component, text in self._texts.items():
            network: Network = component
            inputs = text_inputs(rows, first, text)
            if factors and component is Component.TEXT_ENCODER:
                network, inputs = Variant.TEXT_ENCODER_LORA, {**inputs, **pack_rows(factors)}
            outputs = self._runner.run(network, inputs)
            states.append(np.array(outputs[text.states], dtype=np.float32))
            if text.pooled_width:
                pooled.append(np.asarray(outputs["text_embeds"], dtype=np.float32))
        joined = states[0] if len(states) == 1 else np.concatenate(states, axis=-1)
        return [Conditioning(*row) for row in zip(joined, np.concatenate(pooled, axis=-1), strict=True)]

    def _context(self, passage: Passage, emphasis: Emphasis, loras: StackedFactors | None) -> Conditioning:
        chunks = [self._cache[_key(row, passage, loras)] for row in passage.ids]
        weighted = zip(chunks, passage.weights, strict=True)
        states = np.concatenate([emphasized(chunk.states, weights, emphasis) for chunk, weights in weighted])
        return Conditioning(states, chunks[0].pooled)

    def _trim(self, keep: int) -> None:
        while len(self._cache) > max(self._cache_chunks, keep):
            self._cache.popitem(last=False)


def _key(row: TokenIds, passage: Passage, loras: StackedFactors | None) -> ChunkKey:
    return (loras.key if loras is not None else ()), passage.clip_skip, row.tobytes()


def text_inputs(rows: Sequence[ChunkRow], given: TextSpec, text: TextSpec) -> dict[str, Tensor]:
    """What the text encoder `text` takes for chunks that are padded for `given`.

    The ids of embeddings are negative; their vectors stand beside.
    """
    ids = repadded(np.stack([row for row, _ in rows]), given, text)
    if not text.max_clip_skip:
        return {"input_ids": ids}
    vectors = np.zeros((*ids.shape, text.width), np.float32)
    for number, position in np.argwhere(ids < 0):
        vectors[number, position] = rows[number][1].vectors[int(ids[number, position])]
    skips = np.array([passage.clip_skip for _, passage in rows], np.int32)
    return {"input_ids": ids, TOKEN_EMBEDDINGS: vectors, CLIP_SKIP: skips}


def repadded(ids: TokenIds, given: TextSpec, wanted: TextSpec) -> TokenIds:
    """Rows padded for one text encoder, padded for another: what stands behind the end token changes."""
    if wanted.pad == given.pad:
        return ids
    padding = np.logical_and.accumulate((ids == given.pad)[:, ::-1], axis=1)[:, ::-1].copy()
    if given.pad == given.eos:  # the first of them is the end itself
        padding[:, 1:] &= padding[:, :-1]
        padding[:, 0] = False
    return np.where(padding, np.int32(wanted.pad), ids)


def emphasized(states: Context, weights: Weights, emphasis: Emphasis) -> Context:
    """Text states [tokens, width] of one chunk, scaled by the weight of each token; weights of 1 change nothing."""
    if emphasis in (Emphasis.IGNORE, Emphasis.NONE) or (weights == 1.0).all():
        return states
    scaled = states * weights[:, None]
    before, after = float(states.mean(dtype=np.float64)), float(scaled.mean(dtype=np.float64))
    if emphasis is Emphasis.ORIGINAL and after != 0.0:
        scaled *= np.float32(before / after)
    return scaled
