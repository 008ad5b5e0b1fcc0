import type { ApiError } from '@/api/errors';
import { isActive, type Finding, type GenerationSpec, type Job, type JobEvent, type JobImage, type JobStatus } from '@/api/types';

/** One image of a run: a place, then a preview, then the picture. */
export interface RunImage {
  fraction: number;
  previewUrl: string | null;
  picture: JobImage | null;
}

/** A job as the page shows it. Before the gateway has accepted it, `id` is the page's own and `isSent` is false. */
export interface Run {
  id: string;
  isSent: boolean;
  status: JobStatus;
  spec: GenerationSpec;
  images: RunImage[];
  position: number | null;
  etaSeconds: number | null;
  isConnectionLost: boolean;
  error: ApiError | null;
  findings: readonly Finding[];
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
}

/** A finished image with what made it. */
export interface Picture {
  id: string;
  jobId: string;
  url: string;
  seed: number;
  spec: GenerationSpec;
  createdAt: number;
}

const EMPTY: RunImage = { fraction: 0, previewUrl: null, picture: null };

export const newRun = (id: string, spec: GenerationSpec, now: number): Run => ({
  id,
  isSent: false,
  status: 'queued',
  spec,
  images: Array.from({ length: spec.count }, () => EMPTY),
  position: null,
  etaSeconds: null,
  isConnectionLost: false,
  error: null,
  findings: [],
  createdAt: now,
  startedAt: null,
  endedAt: null,
});

export const runOf = (job: Job): Run => ({
  id: job.id,
  isSent: true,
  status: job.status,
  spec: job.spec,
  images: Array.from({ length: Math.max(job.spec.count, job.images.length) }, (_, index) => {
    const picture = job.images[index] ?? null;
    return { fraction: picture ? 1 : job.progress, previewUrl: null, picture };
  }),
  position: job.position,
  etaSeconds: job.etaSeconds,
  isConnectionLost: false,
  error: job.error,
  findings: job.findings,
  createdAt: job.createdAt,
  startedAt: job.startedAt,
  endedAt: job.completedAt,
});

export function advance(run: Run, event: JobEvent, now: number): Run {
  const change = (image: number, changes: Partial<RunImage>): Run => ({
    ...run,
    status: 'processing',
    position: null,
    images: run.images.map((old, index) => (index === image ? { ...old, ...changes } : old)),
  });
  switch (event.type) {
    case 'connection':
      return { ...run, isConnectionLost: event.isLost };
    case 'status':
      return withStatus(run, event.status, event.error, now);
    case 'progress':
      return withTimeLeft(change(event.image, { fraction: event.fraction }), now);
    case 'preview':
      return change(event.image, { previewUrl: event.url });
    case 'found':
      return found(change(event.finding.image, { fraction: 1, previewUrl: null }), event.finding);
    case 'image': {
      const made = change(event.image, { fraction: 1, previewUrl: null, picture: event.picture });
      return event.isBlurred ? found(made, { image: event.image, stage: null, action: 'blurred' }) : made;
    }
  }
}

/** Before this share of the work no guess is worth telling. */
const FIRST_GUESS = 0.1;

/** By the pace so far. */
function withTimeLeft(run: Run, now: number): Run {
  const done = progressOf(run);
  const isGuess = run.startedAt !== null && done >= FIRST_GUESS;
  return { ...run, etaSeconds: isGuess ? ((now - (run.startedAt ?? now)) / 1000) * (1 / done - 1) : null };
}

/** One for each picture, the last that was told. */
const found = (run: Run, finding: Finding): Run => ({ ...run, findings: [...run.findings.filter(({ image }) => image !== finding.image), finding] });

function withStatus(run: Run, status: JobStatus, error: ApiError | null, now: number): Run {
  const startedAt = status === 'processing' ? (run.startedAt ?? now) : run.startedAt;
  if (isActive(status)) return { ...run, status, startedAt, position: status === 'queued' ? run.position : null };
  return { ...run, status, startedAt, error, position: null, endedAt: now, isConnectionLost: false };
}

/** It could not be handed in, or not be followed to its end. */
export const failRun = (run: Run, error: ApiError, now: number): Run => ({ ...run, status: 'failed', error, endedAt: now });

export const isRunning = (run: Run): boolean => isActive(run.status);

export const progressOf = (run: Run): number =>
  run.images.reduce((sum, image) => sum + image.fraction, 0) / Math.max(1, run.images.length);

export const picturesOf = ({ id: jobId, images, spec, createdAt }: Pick<Run, 'id' | 'images' | 'spec' | 'createdAt'>): Picture[] =>
  images.flatMap(({ picture }) => (picture === null ? [] : [{ ...picture, jobId, spec, createdAt }]));
