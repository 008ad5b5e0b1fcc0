import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { STANDINGS } from '@/api/residency';
import { CONTROLS } from '@/api/controls';

/** Everything that names installed models. */
export function useForgetModels(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await Promise.all([STANDINGS, ['models'], ['loras'], CONTROLS].map((queryKey) => queries.invalidateQueries({ queryKey })));
  }, [queries]);
}

/** One change at a time; then whatever names models is read anew. */
export function useChange() {
  const forget = useForgetModels();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const act = async (change: () => Promise<unknown>): Promise<boolean> => {
    setFailure(null);
    setIsBusy(true);
    try {
      await change();
      await forget();
      return true;
    } catch (caught) {
      setFailure(caught);
      return false;
    } finally {
      setIsBusy(false);
    }
  };
  return { act, isBusy, failure };
}
