import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

export type ControlList = components['schemas']['Controls'];

export const CONTROLS = ['controls'] as const;

/** Every ControlNet, and what can make their maps here. */
export const listControls = (api: Api, signal?: AbortSignal): Promise<ControlList> => api.ask('/v1/controls', { signal });

interface MapAsked {
  image: string;
  preprocessor: string;
  width: number;
  height: number;
}

/** The map of a picture that was handed in, as a request of this size would follow it. */
export const previewMap = (api: Api, body: MapAsked, signal?: AbortSignal): Promise<Blob> =>
  api.file('/v1/controls/preview', { method: 'POST', body, signal });

/** A picture that went into a job, as it was used. */
export const inputOf = (api: Api, job: string, field: string): Promise<Blob> =>
  api.file(`/v1/jobs/${encodeURIComponent(job)}/inputs/${encodeURIComponent(field)}`);
