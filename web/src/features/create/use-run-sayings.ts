import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import { isRunning, progressOf, type Run } from '@/features/create/model/runs';
import { useFormat } from '@/lib/format';

const QUARTERS = 4;
const quarter = (run: Run): number => Math.floor(progressOf(run) * QUARTERS);

async function showNotice(title: string, { id, spec }: Run): Promise<void> {
  const { notify } = await import('@/lib/notify');
  await notify(title, { body: spec.prompt, tag: id, icon: '/icons/icon-192.png' });
}

/** Says what matters for a reader who does not see the page: each quarter, a lost connection, and how it ended. */
export function useRunSayings(): (before: Run, after: Run) => void {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const format = useFormat();
  const say = (before: Run, after: Run): void => {
    if (isRunning(before) && !isRunning(after)) {
      const { status } = after;
      if (status === 'succeeded') {
        const done = t('run.said.done', { count: after.images.length });
        announce(done);
        if (document.hidden) void showNotice(done, after);
      } else announce(status === 'canceled' ? t('run.said.cancelled') : t('run.said.failed'));
    } else if (after.isConnectionLost && !before.isConnectionLost) {
      announce(t('run.connectionLost'));
    } else if (quarter(after) > quarter(before) && quarter(after) < QUARTERS) {
      announce(t('run.said.progress', { percent: format.percent(quarter(after) / QUARTERS) }));
    }
  };
  const latest = useRef(say);
  useEffect(() => {
    latest.current = say;
  });
  return useCallback((before: Run, after: Run) => latest.current(before, after), []);
}
