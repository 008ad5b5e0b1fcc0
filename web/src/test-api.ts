import { ApiError } from '@/api/errors';
import type { Listener } from '@/api/listening';
import type { Api, Ask, Credentials, GenerationSpec, Job, JobEvent, JobPage, JobQuery, Model, Session, SetUp, SignInMethods } from '@/api/types';
import { makeModel, makeTemplate } from '@/test-factories';

export const GOOD_KEY = 'av_good';

/** A job played by the test. */
export class PlayedJob {
  cancelled = false;
  private tellers: ((event: JobEvent) => void)[] = [];
  private finish: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(readonly job: Job) {}

  follow(onEvent: (event: JobEvent) => void): Promise<void> {
    this.tellers.push(onEvent);
    return this.ended;
  }

  tell(event: JobEvent): void {
    this.tellers.forEach((teller) => teller(event));
  }

  succeed(seed = 7): void {
    for (let image = 0; image < this.job.spec.count; image += 1) {
      const picture = { id: `${this.job.id}-${image}`, url: `/files/${this.job.id}-${image}`, seed: seed + image };
      this.job.images.push(picture);
      this.tell({ type: 'image', image, picture });
    }
    this.end('succeeded');
  }

  end(status: 'succeeded' | 'failed' | 'canceled', error: ApiError | null = null): void {
    this.job.status = status;
    this.tell({ type: 'status', status, error });
    this.finish();
  }
}

export function makeJob(changes: Partial<Job> = {}, spec: Partial<GenerationSpec> = {}): Job {
  return {
    id: 'job_1',
    status: 'queued',
    spec: {
      model: 'avila-demo',
      prompt: 'a red apple',
      negativePrompt: '',
      width: 128,
      height: 128,
      steps: 20,
      guidance: 5,
      sampler: 'euler',
      schedule: 'default',
      seed: 7,
      count: 1,
      styles: [],
      loras: [],
      ...spec,
    },
    images: [],
    progress: 0,
    position: null,
    etaSeconds: null,
    error: null,
    findings: [],
    createdAt: Date.UTC(2026, 10, 26, 9, 5),
    startedAt: null,
    completedAt: null,
    ...changes,
  };
}

export const makeDoneJob = (id: string, spec: Partial<GenerationSpec> = {}, seed = 7): Job =>
  makeJob({ id, status: 'succeeded', images: [{ id: `${id}-0`, url: `/files/${id}-0`, seed }], progress: 1 }, { seed, ...spec });

/** The job's pictures as the history answers them. */
const historyOf = ({ id, images, spec, createdAt }: Job) =>
  images.map((image, index) => ({
    id: image.id,
    job_id: id,
    index,
    url: image.url,
    thumbnail_url: `${image.url}/thumbnail`,
    media_type: 'image/png',
    bytes: 1000,
    recipe: {
      prompt: spec.prompt,
      negative_prompt: spec.negativePrompt,
      model: spec.model,
      seed: image.seed,
      width: spec.width,
      height: spec.height,
      num_inference_steps: spec.steps,
      guidance_scale: spec.guidance,
      sampler: spec.sampler,
      schedule: spec.schedule,
    },
    is_favourite: false,
    rating: 0,
    tags: [],
    created_at: new Date(createdAt).toISOString(),
    trashed_at: null,
  }));

export const makeQuota = () => ({
  limits: { images_per_day: 50, megapixel_steps_per_day: null, stored_bytes: 1_000_000_000 },
  used: { images_today: 23, megapixel_steps_today: 12.5, queued_jobs: 0, stored_bytes: 250_000_000 },
  remaining: { images_today: 27, megapixel_steps_today: null, queued_jobs: null, stored_bytes: 750_000_000 },
  resets_at: '2026-11-27T00:00:00Z',
});

const TAGS = [
  { tag: 'golden hour', category: 'lighting', word: 'golden hour', language: 'en' },
  { tag: 'cat', category: 'subjects', word: 'cat', language: 'en' },
];
const suggested: Answer = (path) => {
  const query = new URL(path, 'http://test').searchParams;
  return TAGS.filter(({ tag, category }) => tag.startsWith(query.get('q') ?? '') && [null, category].includes(query.get('category')));
};
const counted: Answer = (_, { body }) => {
  const { prompt } = body as { prompt: string };
  const tokens = prompt.split(' ').length;
  return {
    model: 'avila-demo',
    encoders: [{ encoder: 'text_encoder', chunk_tokens: 22, max_chunks: 3, fits: true, texts: [{ field: 'prompt', text: prompt, tokens, chunks: [tokens], marks: [] }] }],
    warnings: [],
  };
};

export type Answer = (path: string, request: Ask) => unknown;

/** The port's stand-in for tests of screens; the real one is tested beside it and end to end. */
export class PlayedApi implements Api {
  needsSetUp = false;
  registration: SignInMethods['registration'] = 'closed';
  session: Session = { kind: 'key', label: GOOD_KEY, role: null };
  firsts: SetUp[] = [];
  played: PlayedJob[] = [];
  stored: Job[] = [];
  list: Model[] = [makeModel()];
  jobsError: ApiError | null = null;
  submitError: ApiError | null = null;
  /** Every question to another path than the jobs', as `METHOD /path`, with its body. */
  asked: { what: string; body: unknown }[] = [];
  /** Who listens to which stream. */
  listening = new Map<string, Listener>();
  /** How often the browser left to sign in elsewhere. */
  expected = 0;
  /** Answers by `METHOD /path`, without what is after `?`; a thing of the test's own, or made of the question. */
  answers = new Map<string, unknown>([
    ['GET /v1/albums', []],
    ['GET /v1/tags', []],
    ['GET /v1/keys', []],
    ['GET /v1/announcement', null],
    ['GET /v1/auth/providers', []],
    ['GET /v1/loras', [{ name: 'blob', title: 'Blob', base_model: null, error: null, triggers: ['blob style'] }]],
    ['GET /v1/prompts/suggestions', suggested],
    ['GET /v1/prompts/templates', () => [makeTemplate()]],
    ['GET /v1/prompts/styles', [{ name: 'sketch', titles: { en: 'Sketch' }, prompt: 'a sketch of {prompt}', negative_prompt: '' }]],
    ['POST /v1/prompts/tokens', counted],
    ['GET /v1/quota', makeQuota()],
  ]);

  constructor(public signedIn = true) {}

  resume(): Promise<Session | null> {
    return Promise.resolve(this.signedIn ? this.session : null);
  }

  methods(): Promise<SignInMethods> {
    return Promise.resolve({ needs_setup: this.needsSetUp, registration: this.registration, providers: [] });
  }

  signIn(credentials: Credentials): Promise<Session> {
    const secret = credentials.kind === 'key' ? credentials.key : credentials.password;
    if (secret !== GOOD_KEY) return Promise.reject(new ApiError('invalid_api_key', 'no', 401));
    this.signedIn = true;
    return Promise.resolve({ kind: credentials.kind, label: credentials.kind === 'key' ? credentials.key : credentials.email, role: null });
  }

  setUp(first: SetUp): Promise<Session> {
    this.firsts.push(first);
    return Promise.resolve({ kind: 'person', label: first.email, role: 'admin' });
  }

  signOut(): Promise<void> {
    this.signedIn = false;
    return Promise.resolve();
  }

  models(): Promise<Model[]> {
    return Promise.resolve(this.list);
  }

  submit(spec: GenerationSpec): Promise<Job> {
    if (this.submitError) return Promise.reject(this.submitError);
    const job = makeJob({ id: `job_${this.played.length + 1}` }, spec);
    this.played.push(new PlayedJob(job));
    this.stored.unshift(job);
    return Promise.resolve(job);
  }

  jobs({ statuses = [] }: JobQuery): Promise<JobPage> {
    if (this.jobsError) return Promise.reject(this.jobsError);
    const jobs = this.stored.filter(({ status }) => statuses.length === 0 || statuses.includes(status));
    return Promise.resolve({ jobs, next: null });
  }

  job(id: string): Promise<Job> {
    return Promise.resolve(this.find(id).job);
  }

  follow(id: string, onEvent: (event: JobEvent) => void): Promise<void> {
    return this.find(id).follow(onEvent);
  }

  retry(id: string): Promise<Job> {
    this.asked.push({ what: `POST /v1/jobs/${id}/retry`, body: undefined });
    return this.submit(this.find(id).job.spec);
  }

  cancel(id: string): Promise<void> {
    const played = this.find(id);
    played.cancelled = true;
    played.end('canceled');
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.stored = this.stored.filter((job) => job.id !== id);
    return Promise.resolve();
  }

  ask<T>(path: string, request: Ask = {}): Promise<T> {
    const what = `${request.method ?? 'GET'} ${path.split('?')[0] ?? ''}`;
    this.asked.push({ what, body: request.body });
    if (this.jobsError) return Promise.reject(this.jobsError);
    const answer = this.answers.get(what);
    if (typeof answer === 'function') return Promise.resolve((answer as Answer)(path, request) as T);
    if (answer === undefined && what === 'GET /v1/history') {
      return Promise.resolve({ results: this.stored.flatMap(historyOf), next: null } as T);
    }
    if (answer === undefined && request.method === undefined) return Promise.reject(new ApiError('not_found', what, 404));
    return Promise.resolve(answer as T);
  }

  file(path: string, request: Ask = {}): Promise<Blob> {
    return this.ask(path, request).then(() => new Blob(['zip']));
  }

  listen(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
    this.listening.set(path, listener);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        this.listening.delete(path);
        reject(new Error('stopped'));
      });
    });
  }

  expectSession(): void {
    this.expected += 1;
  }

  /** The newest job that was handed in. */
  get last(): PlayedJob {
    const played = this.played.at(-1);
    if (!played) throw new Error('nothing was handed in');
    return played;
  }

  private find(id: string): PlayedJob {
    const found = this.played.find(({ job }) => job.id === id);
    if (found) return found;
    const stored = this.stored.find((job) => job.id === id);
    if (!stored) throw new ApiError('not_found', id, 404);
    const played = new PlayedJob(stored);
    this.played.push(played);
    return played;
  }
}
