import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { followInstallation, isWorking, listInstallations, type Installation } from '@/api/installations';
import { useApi } from '@/api/port';

const INSTALLATIONS = ['installations'] as const;

/** Those that another administrator begins show with the next look. */
const LOOK_MS = 30_000;

/** All of them, the youngest first. */
export function useInstallations() {
  const api = useApi();
  return useQuery({ queryKey: INSTALLATIONS, queryFn: ({ signal }) => listInstallations(api, signal), refetchInterval: LOOK_MS });
}

/** Takes over what the gateway told of one; nothing that is older than what is known. */
export function usePutInstallation(): (told: Installation) => void {
  const queries = useQueryClient();
  return useCallback(
    (told) => {
      queries.setQueryData<Installation[]>(INSTALLATIONS, (all = []) => {
        const known = all.find(({ id }) => id === told.id);
        if (known === undefined) return [told, ...all];
        return known.version > told.version ? all : all.map((one) => (one === known ? told : one));
      });
      if (!isWorking(told)) void queries.invalidateQueries({ queryKey: INSTALLATIONS }); // another one's turn
    },
    [queries],
  );
}

/**
 * The one that is followed by its events. One, since each is a connection, of which a browser opens six to one host, and
 * pictures that are being made may hold four; the server installs one after the other.
 */
export function followedOf(all: readonly Installation[]): string | null {
  const working = all.filter(isWorking);
  return (working.find(({ status }) => status !== 'queued') ?? working.at(-1))?.id ?? null;
}

/** Follows it while `isOn`; true while the connection is lost. */
export function useFollowing(one: Installation, isOn: boolean): boolean {
  const api = useApi();
  const put = usePutInstallation();
  const [isLost, setIsLost] = useState(false);
  const [began] = useState(one); // what came later is in the events after it
  useEffect(() => {
    if (!isOn) return undefined;
    const stop = new AbortController();
    followInstallation(api, began, put, setIsLost, stop.signal)
      .catch(() => undefined) // it is gone, or shown no more
      .finally(() => setIsLost(false));
    return () => stop.abort();
  }, [api, began, isOn, put]);
  return isLost;
}
