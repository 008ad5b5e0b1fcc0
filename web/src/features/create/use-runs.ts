import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import type { GenerationSpec } from '@/api/types';
import { useAnnounce } from '@/components/live-region';
import { advance, endRun, progressOf, startRun, urlsOf, type Run } from '@/features/create/model/runs';
import { useFormat } from '@/lib/format';

export interface Runs {
  /** Newest first. */
  runs: readonly Run[];
  start: (spec: GenerationSpec) => void;
  cancel: (id: string) => void;
  remove: (id: string) => void;
}

export const MOST_RUNNING = 4;
const MOST_KEPT = 60;
const QUARTERS = 4;

/** The runs of this visit. Each is its own request; leaving the screen stops none. */
export function useRuns(): Runs {
  const api = useApi();
  const say = useProgressSayings();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const controllers = useRef(new Map<string, AbortController>());

  const replace = useCallback((id: string, change: (run: Run) => Run) => {
    setRuns((all) =>
      all.map((run) => {
        if (run.id !== id) return run;
        const next = change(run);
        const kept = new Set(urlsOf(next));
        for (const url of urlsOf(run)) if (!kept.has(url)) URL.revokeObjectURL(url);
        return next;
      }),
    );
  }, []);

  const start = useCallback(
    (spec: GenerationSpec) => {
      const id = crypto.randomUUID();
      const controller = new AbortController();
      controllers.current.set(id, controller);
      let run = startRun(id, spec, Date.now());
      setRuns((all) => {
        for (const old of all.slice(MOST_KEPT - 1)) urlsOf(old).forEach((url) => URL.revokeObjectURL(url));
        return [run, ...all.slice(0, MOST_KEPT - 1)];
      });
      // The next state is computed once, outside the state updater, since making object URLs is a side effect.
      const update = (next: Run) => {
        say(run, next);
        run = next;
        replace(id, () => next);
      };
      api
        .generate(spec, (event) => update(advance(run, event, (blob) => URL.createObjectURL(blob))), controller.signal)
        .then(() => update(endRun(run, 'done', Date.now())))
        .catch((error: unknown) => {
          const status = controller.signal.aborted ? 'cancelled' : 'failed';
          update(endRun(run, status, Date.now(), status === 'failed' ? asApiError(error) : null));
        })
        .finally(() => controllers.current.delete(id));
    },
    [api, replace, say],
  );

  const cancel = useCallback((id: string) => controllers.current.get(id)?.abort(), []);

  const remove = useCallback((id: string) => {
    setRuns((all) => {
      all.filter((run) => run.id === id).flatMap(urlsOf).forEach((url) => URL.revokeObjectURL(url));
      return all.filter((run) => run.id !== id);
    });
  }, []);

  useEffect(() => {
    const running = controllers.current;
    return () => running.forEach((controller) => controller.abort()); // signed out, or the page is going
  }, []);

  return { runs, start, cancel, remove };
}

/** Says what matters for a reader who does not see the page: each quarter, and how it ended. */
function useProgressSayings(): (before: Run, after: Run) => void {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const format = useFormat();
  const sayings = (before: Run, after: Run): void => {
    if (before.status === 'running' && after.status !== 'running') {
      const { status } = after;
      announce(status === 'done' ? t('run.said.done', { count: after.images.length }) : t(`run.said.${status}`));
      return;
    }
    const quarter = (run: Run) => Math.floor(progressOf(run) * QUARTERS);
    if (quarter(after) > quarter(before) && quarter(after) < QUARTERS) {
      announce(t('run.said.progress', { percent: format.percent(quarter(after) / QUARTERS) }));
    }
  };
  const latest = useRef(sayings);
  useEffect(() => {
    latest.current = sayings;
  });
  return useCallback((before: Run, after: Run) => latest.current(before, after), []);
}
