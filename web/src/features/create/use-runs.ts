import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import { JOBS, PICTURES } from '@/api/query';
import type { Api, GenerationSpec, Job, JobEvent } from '@/api/types';
import { advance, failRun, isRunning, newRun, runOf, type Run } from '@/features/create/model/runs';
import { useRunSayings } from '@/features/create/use-run-sayings';
import { useWaiting } from '@/features/create/use-waiting';
import { newId } from '@/lib/id';
import { forgetThumbnails } from '@/lib/kept-thumbnails';

export interface Runs {
  /** Newest first. */
  runs: readonly Run[];
  /** `prepare` hands in what the job names; the job waits for it. */
  start: (spec: GenerationSpec, prepare?: Prepare) => void;
  /** The same once more, with the pictures that went into it. */
  again: (run: Run) => void;
  cancel: (id: string) => void;
  remove: (id: string) => Promise<void>;
}

/** Hands in pictures and names them. */
export type Prepare = () => Promise<Pick<GenerationSpec, 'source' | 'controls'>>;

/** Each is a connection, and a browser opens six to one host. */
export const MOST_RUNNING = 4;
const MOST_SHOWN = 24;

/** The newest jobs, live. Those that still run are followed again after a reload; leaving the screen stops none. */
export function useRuns(): Runs {
  const api = useApi();
  const queries = useQueryClient();
  const say = useRunSayings();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const latest = useRef(new Map<string, Run>());
  const unsent = useRef(new Set<string>());
  const prepares = useRef(new Map<string, Prepare>());
  const page = useRef(new AbortController());

  const put = useCallback((run: Run, instead: string = run.id) => {
    latest.current.delete(instead);
    latest.current.set(run.id, run);
    setRuns((all) =>
      all.some(({ id }) => id === instead) ? all.map((old) => (old.id === instead ? run : old)) : [run, ...all].slice(0, MOST_SHOWN),
    );
  }, []);

  const change = useCallback(
    (id: string, next: (run: Run) => Run) => {
      const before = latest.current.get(id);
      if (before === undefined) return;
      const after = next(before);
      say(before, after);
      put(after);
      if (isRunning(before) !== isRunning(after)) void queries.invalidateQueries({ queryKey: JOBS });
    },
    [put, queries, say],
  );

  const follow = useCallback(
    async (id: string) => {
      const { signal } = page.current;
      try {
        await api.follow(id, (event: JobEvent) => change(id, (run) => advance(run, event, Date.now())), signal);
      } catch (error) {
        if (!signal.aborted) change(id, (run) => failRun(run, asApiError(error), Date.now()));
      }
    },
    [api, change],
  );

  useWaiting(runs, change);

  const order = useCallback(
    (spec: GenerationSpec, send: () => Promise<Job>, prepare?: Prepare) => {
      const run = newRun(newId(), spec, Date.now());
      if (prepare) prepares.current.set(run.id, prepare);
      put(run);
      const handIn = async () => {
        try {
          const job = await send();
          put(runOf(job), run.id);
          prepares.current.delete(run.id);
          void queries.invalidateQueries({ queryKey: JOBS });
          if (unsent.current.delete(run.id)) await api.cancel(job.id);
          await follow(job.id);
        } catch (error) {
          change(run.id, (old) => failRun(old, asApiError(error), Date.now()));
        }
      };
      void handIn();
    },
    [api, change, follow, put, queries],
  );

  const start = useCallback<Runs['start']>(
    (spec, prepare) => order(spec, async () => api.submit({ ...spec, ...(await prepare?.()) }), prepare),
    [api, order],
  );

  const again = useCallback<Runs['again']>(
    ({ id, spec, isSent }) => (isSent ? order(spec, () => api.retry(id)) : start(spec, prepares.current.get(id))),
    [api, order, start],
  );

  const cancel = useCallback(
    (id: string) => {
      if (latest.current.get(id)?.isSent === false) unsent.current.add(id);
      else api.cancel(id).catch((error: unknown) => change(id, (run) => ({ ...run, error: asApiError(error) })));
    },
    [api, change],
  );

  const remove = useCallback(
    async (id: string) => {
      if (latest.current.get(id)?.isSent !== false) await api.remove(id);
      latest.current.delete(id);
      setRuns((all) => all.filter((run) => run.id !== id));
      void queries.invalidateQueries({ queryKey: JOBS });
      queries.removeQueries({ queryKey: PICTURES });
      await forgetThumbnails();
    },
    [api, queries],
  );

  useEffect(() => {
    const controller = new AbortController();
    page.current = controller;
    void load(api, controller.signal).then((loaded) => {
      if (controller.signal.aborted) return;
      for (const run of loaded) latest.current.set(run.id, run);
      setRuns((all) => [...all, ...loaded.filter(({ id }) => !all.some((run) => run.id === id))].slice(0, MOST_SHOWN));
      loaded.filter(isRunning).slice(0, MOST_RUNNING).forEach(({ id }) => void follow(id));
    });
    return () => controller.abort();
  }, [api, follow]);

  return { runs, start, again, cancel, remove };
}

/** The newest jobs. Without them Create works all the same, and what is wrong shows there soon enough. */
async function load(api: Api, signal: AbortSignal): Promise<Run[]> {
  try {
    const { jobs } = await api.jobs({ limit: MOST_SHOWN }, signal);
    return jobs.map(runOf);
  } catch {
    return [];
  }
}
