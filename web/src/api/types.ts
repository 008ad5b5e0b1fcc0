import type { ApiError } from '@/api/errors';
import type { components } from '@/api/schema';

export type Model = components['schemas']['Model'];
export type Capabilities = Model['capabilities'];
export type JobStatus = components['schemas']['JobStatus'];

export const ACTIVE_STATUSES = ['queued', 'starting', 'processing'] as const satisfies readonly JobStatus[];
export const isActive = (status: JobStatus): boolean => ACTIVE_STATUSES.some((active) => active === status);

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

export interface JobImage {
  id: string;
  url: string;
  seed: number;
}

/** The server's record of a request. Times in milliseconds since 1970. */
export interface Job {
  id: string;
  status: JobStatus;
  spec: GenerationSpec;
  images: JobImage[];
  progress: number;
  position: number | null;
  etaSeconds: number | null;
  error: ApiError | null;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
}

export interface JobPage {
  jobs: Job[];
  next: string | null;
}

export interface JobQuery {
  statuses?: readonly JobStatus[];
  cursor?: string | null;
  limit?: number;
}

export type JobEvent =
  | { type: 'status'; status: JobStatus; error: ApiError | null }
  | { type: 'progress'; image: number; fraction: number }
  | { type: 'preview'; image: number; url: string }
  | { type: 'image'; image: number; picture: JobImage }
  | { type: 'connection'; isLost: boolean };

export interface Session {
  kind: 'person' | 'key';
  /** What the page shows of who is signed in: the address of a person, or the part of a key that is no secret. */
  label: string;
}

export type Credentials = { kind: 'key'; key: string } | { kind: 'person'; email: string; password: string };

/** The first administrator, with the token that the first start of the service showed. */
export interface SetUp {
  token: string;
  email: string;
  password: string;
}

export type SignInMethods = components['schemas']['Methods'];

/** What the page needs of a gateway. Every method throws ApiError. */
export interface Api {
  /** The session of an earlier visit, when it still holds. */
  resume(): Promise<Session | null>;
  /** How one gets in here. */
  methods(signal?: AbortSignal): Promise<SignInMethods>;
  signIn(credentials: Credentials): Promise<Session>;
  /** Makes the first administrator and signs him in. */
  setUp(first: SetUp): Promise<Session>;
  signOut(): Promise<void>;
  models(signal?: AbortSignal): Promise<Model[]>;
  /** Hands in a job. It is stored when this answers, and runs on whatever becomes of the page. */
  submit(spec: GenerationSpec): Promise<Job>;
  /** The caller's jobs, the youngest first. */
  jobs(query: JobQuery, signal?: AbortSignal): Promise<JobPage>;
  job(id: string): Promise<Job>;
  /** Tells what happens to a job until it ends, across lost connections; or until `signal`, whose reason it throws. */
  follow(id: string, onEvent: (event: JobEvent) => void, signal: AbortSignal): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Removes an ended job and its pictures for good. */
  remove(id: string): Promise<void>;
}
