import { QueryClient, useQuery } from '@tanstack/react-query';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';

const RETRIES = 2;

/** Repeats what may succeed later: no network, and the gateway's own trouble; never a refusal. */
export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) => {
          const { status } = asApiError(error);
          return count < RETRIES && (status === 0 || status >= 500);
        },
      },
    },
  });

export function useModels() {
  const api = useApi();
  return useQuery({ queryKey: ['models'], queryFn: ({ signal }) => api.models(signal) });
}

/** Everything that was read of the jobs; to be forgotten when one begins or ends. */
export const JOBS = ['jobs'] as const;

/** Everything that was read of the history. */
export const PICTURES = ['pictures'] as const;
