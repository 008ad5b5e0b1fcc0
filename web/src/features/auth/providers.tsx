import { Button, Divider, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import type { components } from '@/api/schema';

type Provider = components['schemas']['SignInProvider'];

/** The ways in that lead over another place; the browser comes back to where it was, with a session in its cookies. */
export function Providers() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { data: providers = [] } = useQuery({ queryKey: ['providers'], queryFn: ({ signal }) => api.ask<Provider[]>('/v1/auth/providers', { signal }) });
  if (providers.length === 0) return null;
  const back = encodeURIComponent(window.location.pathname + window.location.search);
  return (
    <Stack gap="sm">
      {providers.map(({ id, name, url }) => (
        <Button key={id} component="a" href={`${url}?back_to=${back}`} size="md" variant="default" fullWidth onClick={() => api.expectSession()}>
          {t('signIn.with', { name })}
        </Button>
      ))}
      <Divider label={t('signIn.or')} />
    </Stack>
  );
}
