import { createContext, useContext } from 'react';
import { JobsApi } from '@/api/jobs';
import type { Api } from '@/api/types';

/** The one place that chooses how the gateway is spoken to. */
export const makeApi = (): Api => new JobsApi();

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('useApi needs an ApiContext above it');
  return api;
}
