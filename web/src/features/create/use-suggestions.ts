import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '@/api/port';
import { suggest, type FoundTag } from '@/api/prompts';
import { beginnings, folded, type Fragment } from '@/features/create/model/completion';

export interface Suggestions {
  /** Where in the prompt the words begin that a suggestion replaces. */
  start: number;
  found: FoundTag[];
}

const PAUSE_MS = 120;
const MOST = 6;

/** The gateway's suggestions for what is typed; null while there are none, or they are of what was typed before. */
export function useSuggestions(fragment: Fragment | null, model: string): Suggestions | null {
  const api = useApi();
  const [typed] = useDebouncedValue(fragment?.text ?? '', PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['suggestions', model, typed],
    staleTime: Infinity,
    enabled: fragment !== null && beginnings({ start: 0, text: typed }).length > 0,
    queryFn: async ({ signal }) => {
      for (const beginning of beginnings({ start: 0, text: typed })) {
        const found = await suggest(api, { typed: beginning.typed, model, limit: MOST }, signal);
        if (found.length > 0) return { offset: beginning.offset, found };
      }
      return null;
    },
  });
  if (!data || fragment === null || fragment.text !== typed) return null;
  if (data.found.some(({ tag }) => tag === folded(typed))) return null; // typed in full
  return { start: fragment.start + data.offset, found: data.found };
}
