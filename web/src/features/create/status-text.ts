import type { TFunction } from 'i18next';
import { progressOf, type Run } from '@/features/create/model/runs';
import type { Formatters } from '@/lib/format';

const WORTH_TELLING_S = 2;

/** Where a run stands, in a few words. */
export function statusText(run: Run, t: TFunction, format: Formatters): string {
  if (run.status === 'failed') return t('run.failed');
  if (run.status === 'canceled') return t('run.cancelled');
  if (run.status === 'succeeded') {
    const milliseconds = (run.endedAt ?? run.createdAt) - (run.startedAt ?? run.createdAt);
    return t('run.doneIn', { time: format.seconds(milliseconds / 1000) });
  }
  const progress = progressOf(run);
  if (progress >= 1) return t('run.finishing');
  return progress > 0 ? drawingText(run, progress, t, format) : waitingText(run, t, format);
}

function drawingText({ etaSeconds }: Run, progress: number, t: TFunction, format: Formatters): string {
  const percent = format.percent(progress);
  if (etaSeconds === null || etaSeconds < WORTH_TELLING_S) return t('run.drawing', { percent });
  return t('run.drawingLeft', { percent, time: format.seconds(Math.ceil(etaSeconds)) });
}

function waitingText(run: Run, t: TFunction, format: Formatters): string {
  if (run.position === null) return t('run.waiting');
  const position = format.number(run.position);
  if (run.etaSeconds === null) return t('run.position', { position });
  return t('run.positionEta', { position, time: format.seconds(Math.ceil(run.etaSeconds)) });
}
