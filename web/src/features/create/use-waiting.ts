import { useEffect } from 'react';
import { useApi } from '@/api/port';
import type { Run } from '@/features/create/model/runs';

const LOOK_MS = 2000;
const MOST = 100;

/** While one waits, its place and its time are asked for: events tell what happens to a job, not to those before it. */
export function useWaiting(runs: readonly Run[], change: (id: string, next: (run: Run) => Run) => void): void {
  const api = useApi();
  const isWaiting = runs.some(({ status, isSent }) => status === 'queued' && isSent);
  useEffect(() => {
    if (!isWaiting) return undefined;
    const look = async () => {
      const { jobs } = await api.jobs({ statuses: ['queued'], limit: MOST });
      for (const { id, position, etaSeconds } of jobs) change(id, (run) => (run.status === 'queued' ? { ...run, position, etaSeconds } : run));
    };
    const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS); // that the server is away, the events say
    return () => clearInterval(timer);
  }, [api, change, isWaiting]);
}
