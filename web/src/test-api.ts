import { ApiError } from '@/api/errors';
import type { Api, Credentials, GenerationSpec, Job, JobEvent, JobPage, JobQuery, Model, Session, SetUp, SignInMethods } from '@/api/types';
import { makeModel } from '@/test-factories';

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
      ...spec,
    },
    images: [],
    progress: 0,
    position: null,
    etaSeconds: null,
    error: null,
    createdAt: Date.UTC(2026, 10, 26, 9, 5),
    startedAt: null,
    completedAt: null,
    ...changes,
  };
}

export const makeDoneJob = (id: string, spec: Partial<GenerationSpec> = {}, seed = 7): Job =>
  makeJob({ id, status: 'succeeded', images: [{ id: `${id}-0`, url: `/files/${id}-0`, seed }], progress: 1 }, { seed, ...spec });

/** The port's stand-in for tests of screens; the real one is tested beside it and end to end. */
export class PlayedApi implements Api {
  needsSetUp = false;
  firsts: SetUp[] = [];
  played: PlayedJob[] = [];
  stored: Job[] = [];
  list: Model[] = [makeModel()];
  jobsError: ApiError | null = null;
  submitError: ApiError | null = null;

  constructor(public signedIn = true) {}

  resume(): Promise<Session | null> {
    return Promise.resolve(this.signedIn ? { kind: 'key', label: GOOD_KEY } : null);
  }

  methods(): Promise<SignInMethods> {
    return Promise.resolve({ needs_setup: this.needsSetUp, registration: 'closed', providers: [] });
  }

  signIn(credentials: Credentials): Promise<Session> {
    const secret = credentials.kind === 'key' ? credentials.key : credentials.password;
    if (secret !== GOOD_KEY) return Promise.reject(new ApiError('invalid_api_key', 'no', 401));
    this.signedIn = true;
    return Promise.resolve({ kind: credentials.kind, label: credentials.kind === 'key' ? credentials.key : credentials.email });
  }

  setUp(first: SetUp): Promise<Session> {
    this.firsts.push(first);
    return Promise.resolve({ kind: 'person', label: first.email });
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
