import '@mantine/core/styles.css';
import '@/global.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { i18n as I18n } from 'i18next';
import { useMemo, useState, type ReactNode } from 'react';
import { I18nextProvider } from 'react-i18next';
import { ApiContext } from '@/api/port';
import { makeQueryClient } from '@/api/query';
import type { Api } from '@/api/types';
import { LiveRegion } from '@/components/live-region';
import { SessionGate } from '@/features/auth/session-gate';
import { ControlProvider } from '@/features/control/control-provider';
import { CreateProvider } from '@/features/create/create-provider';
import { SourceProvider } from '@/features/source/source-provider';
import { cssVariables, readTheme, theme, ThemeContext, useResolvedTheme, writeTheme, type ThemeChoice } from '@/lib/theme';
import { readNonce } from '@/lib/nonce';
import { makeRouter } from '@/router';

interface AppProps {
  api: Api;
  i18n: I18n;
}

export function App({ api, i18n }: AppProps) {
  const [router] = useState(makeRouter);
  return (
    <Surroundings api={api} i18n={i18n}>
      <SessionGate>
        <CreateProvider>
          <SourceProvider>
            <ControlProvider>
              <RouterProvider router={router} />
            </ControlProvider>
          </SourceProvider>
        </CreateProvider>
      </SessionGate>
    </Surroundings>
  );
}

/** Everything that screens need around them, for the page and for their tests. */
export function Surroundings({ api, i18n, children }: AppProps & { children: ReactNode }) {
  const [queryClient] = useState(makeQueryClient);
  const [choice, setChoice] = useState<ThemeChoice>(readTheme);
  const { scheme } = useResolvedTheme(choice);
  const setting = useMemo(
    () => ({
      choice,
      setChoice: (next: ThemeChoice) => {
        writeTheme(next);
        setChoice(next);
      },
    }),
    [choice],
  );
  return (
    <I18nextProvider i18n={i18n}>
      <ThemeContext value={setting}>
        <MantineProvider theme={theme} forceColorScheme={scheme} cssVariablesResolver={cssVariables} getStyleNonce={readNonce}>
          <QueryClientProvider client={queryClient}>
            <ApiContext value={api}>
              <LiveRegion>
                {children}
              </LiveRegion>
            </ApiContext>
          </QueryClientProvider>
        </MantineProvider>
      </ThemeContext>
    </I18nextProvider>
  );
}
