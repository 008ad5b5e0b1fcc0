import { createContext, useContext } from 'react';
import type { SourceSpec } from '@/api/types';
import type { Source } from '@/features/source/model';

export interface SourceControl {
  source: Source | null;
  /** Throws where the file is no picture. */
  take: (file: Blob) => Promise<void>;
  change: (changes: Partial<Source>) => void;
  remove: () => void;
  /** That of an earlier job, with its mask, instead of what is here; or none, where it had none. */
  restore: (job: string, spec: SourceSpec | undefined) => Promise<void>;
  /** Hands the picture and its mask in, what was handed in before only once. */
  send: () => Promise<SourceSpec | null>;
}

export const SourceContext = createContext<SourceControl | null>(null);

export function useSource(): SourceControl {
  const control = useContext(SourceContext);
  if (control === null) throw new Error('useSource needs a SourceProvider above it');
  return control;
}
