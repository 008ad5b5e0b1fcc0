import { createContext, useContext } from 'react';
import type { GenerationSpec, Model } from '@/api/types';
import type { Parameters } from '@/features/create/model/parameters';
import type { Runs } from '@/features/create/use-runs';

export type Recall = 'everything' | 'prompt' | 'seed' | Fact;

/** What a recipe's facts are, each to be taken over alone. */
export const FACTS = ['size', 'steps', 'guidance', 'sampler', 'schedule', 'model', 'loras', 'source', 'controls'] as const;
export type Fact = (typeof FACTS)[number];

export interface Create extends Runs {
  models: readonly Model[];
  /** Null while the models are not known yet, or when there are none. */
  model: Model | null;
  parameters: Parameters | null;
  change: (changes: Partial<Parameters>) => void;
  reset: () => void;
  recall: (spec: GenerationSpec, seed: number, what: Recall) => void;
  isPending: boolean;
  error: Error | null;
  retry: () => void;
}

export const CreateContext = createContext<Create | null>(null);

export function useCreate(): Create {
  const create = useContext(CreateContext);
  if (create === null) throw new Error('useCreate needs a CreateProvider above it');
  return create;
}

export interface Ready {
  model: Model;
  parameters: Parameters;
  change: Create['change'];
}

/** For the controls, which are shown only once the model is known. */
export function useReady(): Ready {
  const { model, parameters, change } = useCreate();
  if (model === null || parameters === null) throw new Error('the controls need a model');
  return { model, parameters, change };
}
