import type { components } from '@/api/schema';

export type Model = components['schemas']['Model'];
export type Capabilities = Model['capabilities'];

/** What to generate, as the page thinks of it; `seed` null lets the server draw one. */
export interface GenerationSpec {
  model: string;
  prompt: string;
  negativePrompt: string;
  width: number;
  height: number;
  steps: number;
  guidance: number;
  sampler: string;
  schedule: string;
  seed: number | null;
  count: number;
}

export type GenerationEvent =
  | { type: 'accepted'; warnings: string[] }
  | { type: 'queued'; position: number; etaSeconds: number | null }
  | { type: 'progress'; image: number; fraction: number }
  | { type: 'preview'; image: number; blob: Blob }
  | { type: 'image'; image: number; blob: Blob; seed: number };

export interface Session {
  /** What the page shows of who is signed in. */
  label: string;
}

export interface Credentials {
  key: string;
}

/** What the page needs of a gateway; one implementation for each way of speaking to it. */
export interface Api {
  /** The session of an earlier visit, when it still holds. */
  resume(): Promise<Session | null>;
  /** Throws ApiError `invalid_api_key` when refused. */
  signIn(credentials: Credentials): Promise<Session>;
  signOut(): Promise<void>;
  models(signal?: AbortSignal): Promise<Model[]>;
  /** Reports events until the last image came. Aborting `signal` cancels on the server too; then it throws the reason. */
  generate(spec: GenerationSpec, onEvent: (event: GenerationEvent) => void, signal: AbortSignal): Promise<void>;
}
