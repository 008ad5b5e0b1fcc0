import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useModels } from '@/api/query';
import type { GenerationSpec } from '@/api/types';
import { CreateContext, type Recall } from '@/features/create/create-context';
import { defaultsOf, fitToModel, isParameters, type Parameters } from '@/features/create/model/parameters';
import { useRuns } from '@/features/create/use-runs';
import { readStored, writeStored } from '@/lib/storage';

const DRAFT = 'draft';
const SAVE_AFTER_MS = 300;

/** Holds the controls' values and the runs above the router, so that neither is lost by a look at another screen. */
export function CreateProvider({ children }: { children: ReactNode }) {
  const { data: models = [], isPending, error, refetch } = useModels();
  const runs = useRuns();
  const [draft, setDraft] = useState<Parameters | null>(() =>
    readStored<Parameters | null>(DRAFT, null, (value): value is Parameters => isParameters(value)),
  );
  const model = models.find(({ id }) => id === draft?.model) ?? models[0] ?? null;
  const parameters = useMemo(() => {
    if (model === null) return null;
    return draft === null ? defaultsOf(model) : fitToModel(draft, model);
  }, [draft, model]);

  useEffect(() => {
    if (draft === null) return undefined;
    const save = () => writeStored(DRAFT, draft);
    const timer = setTimeout(save, SAVE_AFTER_MS);
    window.addEventListener('pagehide', save); // a reload may come sooner
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pagehide', save);
    };
  }, [draft]);

  const change = useCallback(
    (changes: Partial<Parameters>) => {
      setDraft((old) => {
        const base = old ?? parameters;
        return base === null ? old : { ...base, ...changes };
      });
    },
    [parameters],
  );

  const reset = useCallback(() => {
    if (model === null) return;
    setDraft((old) => ({ ...defaultsOf(model), prompt: old?.prompt ?? '', negativePrompt: old?.negativePrompt ?? '' }));
  }, [model]);

  const recall = useCallback((spec: GenerationSpec, seed: number, what: Recall) => change(recalled(spec, seed, what)), [change]);

  const value = useMemo(
    () => ({ ...runs, models, model, parameters, change, reset, recall, isPending, error, retry: () => void refetch() }),
    [runs, models, model, parameters, change, reset, recall, isPending, error, refetch],
  );
  return <CreateContext value={value}>{children}</CreateContext>;
}

function recalled(spec: GenerationSpec, seed: number, what: Recall): Partial<Parameters> {
  const { prompt, negativePrompt, width, height, sampler, schedule } = spec;
  if (what === 'prompt') return { prompt, negativePrompt };
  if (what === 'seed') return { seed, seedLocked: true };
  if (what === 'size') return { width, height };
  if (what === 'sampler' || what === 'schedule') return { sampler, schedule };
  if (what === 'source' || what === 'controls') return {}; // files: they live beside the parameters
  if (what !== 'everything') return { [what]: spec[what] };
  const values = { ...spec, seed, seedLocked: true, count: 1 };
  delete values.source;
  delete values.controls;
  return values;
}
