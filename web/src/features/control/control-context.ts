import { createContext, useContext } from 'react';
import type { ControlSpec } from '@/api/types';
import type { Control } from '@/features/control/model/control';

export interface Controls {
  controls: readonly Control[];
  /** Throws where the file is no picture. */
  add: (control: Pick<Control, 'model' | 'file' | 'preprocessor'> & Partial<Pick<Control, 'pose' | 'weight' | 'start' | 'end'>>) => Promise<void>;
  change: (id: string, changes: Partial<Control>) => void;
  remove: (id: string) => void;
  /** Those of an earlier job instead of what is here, with the maps that it followed. */
  restore: (job: string, specs: readonly ControlSpec[]) => Promise<void>;
  /** Hands the pictures in, those that were handed in before only once. */
  send: () => Promise<ControlSpec[]>;
}

export const ControlContext = createContext<Controls | null>(null);

export function useControls(): Controls {
  const controls = useContext(ControlContext);
  if (controls === null) throw new Error('useControls needs a ControlProvider above it');
  return controls;
}
