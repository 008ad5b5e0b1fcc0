import type { ApiError } from '@/api/errors';
import type { GenerationEvent, GenerationSpec } from '@/api/types';

/** One image of a run. `previewUrl` and `url` are object URLs, to be given back by `urlsOf`. */
export interface RunImage {
  fraction: number;
  previewUrl: string | null;
  url: string | null;
  seed: number | null;
}

export type RunStatus = 'running' | 'done' | 'failed' | 'cancelled';

/** One press of Generate: what was asked, and how far it is. */
export interface Run {
  id: string;
  spec: GenerationSpec;
  status: RunStatus;
  isAccepted: boolean;
  position: number | null;
  etaSeconds: number | null;
  startedAt: number;
  finishedAt: number | null;
  images: RunImage[];
  warnings: string[];
  error: ApiError | null;
}

/** A finished image with what made it. */
export interface Picture {
  id: string;
  url: string;
  seed: number;
  run: Run;
}

const EMPTY: RunImage = { fraction: 0, previewUrl: null, url: null, seed: null };

export function startRun(id: string, spec: GenerationSpec, now: number): Run {
  return {
    id,
    spec,
    status: 'running',
    isAccepted: false,
    position: null,
    etaSeconds: null,
    startedAt: now,
    finishedAt: null,
    images: Array.from({ length: spec.count }, () => EMPTY),
    warnings: [],
    error: null,
  };
}

/** The run after `event`. `toUrl` makes a blob showable. */
export function advance(run: Run, event: GenerationEvent, toUrl: (blob: Blob) => string): Run {
  const change = (image: number, changes: Partial<RunImage>): Run => ({
    ...run,
    position: null,
    images: run.images.map((old, index) => (index === image ? { ...old, ...changes } : old)),
  });
  switch (event.type) {
    case 'accepted':
      return { ...run, isAccepted: true, warnings: event.warnings };
    case 'queued':
      return { ...run, position: event.position, etaSeconds: event.etaSeconds };
    case 'progress':
      return change(event.image, { fraction: event.fraction });
    case 'preview':
      return change(event.image, { previewUrl: toUrl(event.blob) });
    case 'image':
      return change(event.image, { fraction: 1, previewUrl: null, url: toUrl(event.blob), seed: event.seed });
  }
}

export const endRun = (run: Run, status: RunStatus, now: number, error: ApiError | null = null): Run => ({
  ...run,
  status,
  error,
  finishedAt: now,
  position: null,
});

export const progressOf = (run: Run): number =>
  run.images.reduce((sum, image) => sum + image.fraction, 0) / Math.max(1, run.images.length);

export const urlsOf = (run: Run): string[] =>
  run.images.flatMap(({ previewUrl, url }) => [previewUrl, url]).filter((url) => url !== null);

export const picturesOf = (run: Run): Picture[] =>
  run.images.flatMap(({ url, seed }, index) =>
    url === null || seed === null ? [] : [{ id: `${run.id}:${index}`, url, seed, run }],
  );
