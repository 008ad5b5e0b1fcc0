import { Center, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import type { Session } from '@/api/types';
import { ErrorNotice } from '@/components/error-notice';
import { SessionContext } from '@/features/auth/session';
import styles from '@/features/auth/sign-in.module.css';
import { forgetStored } from '@/lib/storage';

const SignIn = lazy(async () => ({ default: (await import('@/features/auth/sign-in')).SignIn }));

const SESSION = ['session'];

/** Shows the page to who is signed in, and the sign-in to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const { data: session, error, isPending, refetch } = useQuery({
    queryKey: SESSION,
    queryFn: () => api.resume(),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const control = useMemo(() => {
    if (!session) return null;
    const signOut = async () => {
      await api.signOut();
      forgetStored('draft');
      // The session's own query stays, since this gate watches it; everything read in it goes.
      queries.setQueryData<Session | null>(SESSION, null);
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
    };
    return { session, signOut };
  }, [api, queries, session]);

  const waiting = (
    <Center h="100dvh">
      <Loader aria-label={t('common.loading')} />
    </Center>
  );
  if (isPending) return waiting;
  if (error) {
    return (
      <main className={styles.page}>
        <div className={styles.card}>
          <ErrorNotice error={error} onRetry={() => void refetch()} />
        </div>
      </main>
    );
  }
  if (control === null) {
    return (
      <Suspense fallback={waiting}>
        <SignIn onSignedIn={(signedIn) => queries.setQueryData<Session | null>(SESSION, signedIn)} />
      </Suspense>
    );
  }
  return <SessionContext value={control}>{children}</SessionContext>;
}
