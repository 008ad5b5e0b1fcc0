import { createContext, useContext } from 'react';
import type { Session } from '@/api/types';

export interface SessionControl {
  session: Session;
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<SessionControl | null>(null);

export function useSession(): SessionControl {
  const control = useContext(SessionContext);
  if (control === null) throw new Error('useSession needs a SessionGate above it');
  return control;
}
