import type { ApiError } from '@/api/errors';
import type { Listener } from '@/api/listening';
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
  styles: string[];
  loras: { name: string; weight: number }[];
  /** The picture that it starts from. */
  source?: SourceSpec;
  /** What leads it; the pictures by the ids that they were given. */
  controls?: ControlSpec[];
}

/** A ControlNet, what it follows, and how strongly in which share of the steps. */
export interface ControlSpec {
  model: string;
  image: string;
  /** What makes the map of the picture; of an earlier job it is made already. */
  preprocessor: string;
  weight: number;
  start: number;
  end: number;
}

export const RESIZE_MODES = ['crop', 'fit', 'stretch'] as const;
export type ResizeMode = (typeof RESIZE_MODES)[number];
export const MASK_CONTENTS = ['original', 'fill', 'latent_noise'] as const;
export type MaskContent = (typeof MASK_CONTENTS)[number];

/** Files that were handed in before, by the ids they were given; null where there is no mask. */
export interface SourceSpec {
  image: string;
  strength: number;
  resizeMode: ResizeMode;
  mask: { image: string; blur: number; content: MaskContent; isOnly: boolean; padding: number } | null;
}

/** What the safety policy made of a picture, and which stage found something. */
export interface Finding {
  image: number;
  /** Null while it is being made: its events tell of a blurred picture, not why. */
  stage: 'prompt' | 'input_image' | 'output_image' | null;
  action: 'blocked' | 'blurred';
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
  findings: Finding[];
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
  | { type: 'image'; image: number; picture: JobImage; isBlurred?: boolean }
  | { type: 'found'; finding: Finding }
  | { type: 'connection'; isLost: boolean };

export interface Session {
  kind: 'person' | 'key';
  /** What the page shows of who is signed in: the address of a person, or the part of a key that is no secret. */
  label: string;
  /** What a person may do; a key's own might shows only when it is used. */
  role: components['schemas']['Role'] | null;
}

export type Credentials = { kind: 'key'; key: string } | { kind: 'person'; email: string; password: string };

/** The first administrator, with the token that the first start of the service showed. */
export interface SetUp {
  token: string;
  email: string;
  password: string;
}

export type SignInMethods = components['schemas']['Methods'];

export interface Ask {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Becomes JSON, but for a file or a form, which is sent as it is. */
  body?: object;
  signal?: AbortSignal | undefined;
}

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
  /** The browser leaves for another place to sign in at, and comes back with cookies. */
  expectSession(): void;
  models(signal?: AbortSignal): Promise<Model[]>;
  /** Hands in a job. It is stored when this answers, and runs on whatever becomes of the page. */
  submit(spec: GenerationSpec): Promise<Job>;
  /** The caller's jobs, the youngest first. */
  jobs(query: JobQuery, signal?: AbortSignal): Promise<JobPage>;
  job(id: string): Promise<Job>;
  /** Tells what happens to a job until it ends, across lost connections; or until `signal`, whose reason it throws. */
  follow(id: string, onEvent: (event: JobEvent) => void, signal: AbortSignal): Promise<void>;
  /** A new job with the same input, its pictures among it. */
  retry(id: string): Promise<Job>;
  cancel(id: string): Promise<void>;
  /** Removes an ended job and its pictures for good. */
  remove(id: string): Promise<void>;
  /** Any other of the gateway's paths; the modules beside this one name them with their types. */
  ask<T>(path: string, request?: Ask): Promise<T>;
  /** The same where the answer is a file. */
  file(path: string, request?: Ask): Promise<Blob>;
  /** Any other stream of events, across lost connections; until its last, or until `signal`, whose reason it throws. */
  listen(path: string, listener: Listener, signal: AbortSignal): Promise<void>;
}
