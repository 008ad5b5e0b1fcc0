import { Center, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError, offline } from '@/api/errors';
import { useApi } from '@/api/port';
import type { Session } from '@/api/types';
import { ErrorNotice } from '@/components/error-notice';
import { SessionContext } from '@/features/auth/session';
import styles from '@/features/auth/sign-in.module.css';
import { ticketIn, useHash } from '@/features/auth/ticket';
import { forgetThumbnails } from '@/lib/kept-thumbnails';
import { forgetStored } from '@/lib/storage';

const OfflinePictures = lazy(async () => ({ default: (await import('@/features/auth/offline-pictures')).OfflinePictures }));
const SignIn = lazy(async () => ({ default: (await import('@/features/auth/sign-in')).SignIn }));

const SESSION = ['session'];

/** Shows the page to who is signed in, and the sign-in to everybody else, and to who opens the link of an account. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const ticket = ticketIn(useHash());
  const { data: session, error, isPending, refetch } = useQuery({
    queryKey: SESSION,
    queryFn: () => api.resume(),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  /** The session's own query stays, since this gate watches it; everything read in another one goes. */
  const enter = useMemo(
    () => (next: Session | null) => {
      queries.setQueryData<Session | null>(SESSION, next);
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
    },
    [queries],
  );
  const control = useMemo(() => {
    if (!session) return null;
    const signOut = async () => {
      await api.signOut();
      forgetStored('draft');
      enter(null);
    };
    return { session, signOut };
  }, [api, enter, session]);
  const who = session?.label;
  // Nobody sees the pictures of who was here before, however that session ended.
  useEffect(() => {
    if (!isPending && error === null && who === undefined) void forgetThumbnails();
  }, [error, isPending, who]);

  const waiting = (
    <Center h="100dvh">
      <Loader aria-label={t('common.loading')} />
    </Center>
  );
  if (isPending) return waiting;
  if (error) {
    const isOffline = asApiError(error).code === offline().code;
    return (
      <main className={styles.page} data-alone>
        <div className={styles.card}>
          <ErrorNotice error={error} onRetry={() => void refetch()} />
        </div>
        <Suspense>{isOffline && <OfflinePictures />}</Suspense>
      </main>
    );
  }
  if (control === null || ticket !== null) {
    const change = (next: Session) => {
      if (control !== null) void forgetThumbnails();
      enter(next);
    };
    return (
      <Suspense fallback={waiting}>
        <SignIn onSignedIn={change} present={control?.session ?? null} />
      </Suspense>
    );
  }
  return <SessionContext value={control}>{children}</SessionContext>;
}
