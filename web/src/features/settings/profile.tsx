import { Button, Group, PasswordInput, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { changeMe, changePassword, readMe } from '@/api/account';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { useAnnounce } from '@/components/live-region';
import { Card } from '@/features/settings/card';

const ME = ['me'];
export const SHORTEST_PASSWORD = 10;

/** How one is called, and whether the same order again is answered from the store. */
export function Profile() {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const { data: me } = useQuery({ queryKey: ME, queryFn: ({ signal }) => readMe(api, signal) });
  const [name, setName] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const change = (body: Parameters<typeof changeMe>[1]) => {
    setError(null);
    changeMe(api, body)
      .then((changed) => queries.setQueryData(ME, changed))
      .catch(setError);
  };
  const shown = name ?? me?.name ?? '';
  // Before the answer comes all stands where it will be, so that nothing moves then.
  const isUnknown = me === undefined;
  return (
    <>
      {error !== null && <ErrorNotice error={error} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (shown.trim() !== '') change({ name: shown.trim() });
        }}
      >
        <Group align="end" gap="sm">
          <TextInput label={t('account.name')} flex={1} maxLength={100} disabled={isUnknown} value={shown} onChange={({ currentTarget }) => setName(currentTarget.value)} />
          <Button type="submit" variant="default" disabled={shown.trim() === '' || shown.trim() === me?.name}>
            {t('account.save')}
          </Button>
        </Group>
      </form>
      <Switch
        label={t('account.cache')}
        description={t('account.cacheHelp')}
        disabled={isUnknown}
        checked={me?.preferences.result_cache ?? false}
        onChange={({ currentTarget: { checked } }) => me && change({ preferences: { ...me.preferences, result_cache: checked } })}
      />
      <Switch
        label={t('account.recipe')}
        description={t('account.recipeHelp')}
        disabled={isUnknown}
        checked={me?.preferences.embed_recipe ?? false}
        onChange={({ currentTarget: { checked } }) => me && change({ preferences: { ...me.preferences, embed_recipe: checked } })}
      />
    </>
  );
}

export function PasswordCard() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const announce = useAnnounce();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [said, setSaid] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setSaid(null);
    if (current === '' || next === '') { setError(t('signIn.missing')); return; }
    if (next.length < SHORTEST_PASSWORD) { setError(t('signIn.short', { count: SHORTEST_PASSWORD })); return; }
    try {
      await changePassword(api, current, next);
      setCurrent('');
      setNext('');
      setSaid(t('account.changed'));
      announce(t('account.changed'));
    } catch (failure) {
      setError(asApiError(failure).status === 401 ? t('signIn.refused') : failure);
    }
  };
  return (
    <Card title={t('account.password')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <PasswordInput label={t('account.current')} autoComplete="current-password" value={current} onChange={({ currentTarget }) => setCurrent(currentTarget.value)} />
          <PasswordInput label={t('account.new')} autoComplete="new-password" value={next} onChange={({ currentTarget }) => setNext(currentTarget.value)} />
          {typeof error === 'string' && (
            <Text role="alert" size="sm" c="var(--mantine-color-error)">
              {error}
            </Text>
          )}
          {error !== null && typeof error !== 'string' && <ErrorNotice error={error} />}
          {said !== null && <Text size="sm">{said}</Text>}
          <Group>
            <Button type="submit" variant="default">
              {t('account.change')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
