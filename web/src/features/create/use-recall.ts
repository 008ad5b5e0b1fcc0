import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import { useControls } from '@/features/control/control-context';
import { useCreate, type Recall } from '@/features/create/create-context';
import type { Picture } from '@/features/create/model/runs';
import { useSource } from '@/features/source/source-context';

/** Takes over what made a picture; what went in as pictures comes from its job. */
export function useRecall(): (picture: Picture, what: Recall) => void {
  const { t } = useTranslation('places');
  const announce = useAnnounce();
  const { recall } = useCreate();
  const { restore: restoreControls } = useControls();
  const { restore: restoreSource } = useSource();
  return useCallback(
    ({ jobId, spec, seed }, what) => {
      recall(spec, seed, what);
      const files = async () => {
        if (what === 'everything' || what === 'source') await restoreSource(jobId, spec.source);
        if (what === 'everything' || what === 'controls') await restoreControls(jobId, spec.controls ?? []);
      };
      files()
        .then(() => announce(t('recipe.recalled')))
        .catch(() => announce(t('recipe.gone')));
    },
    [announce, recall, restoreControls, restoreSource, t],
  );
}
