import { ActionIcon, Alert, Button, Checkbox, CopyButton, Group, Loader, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconKey, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { listKeys, makeKey, revokeKey, rotateKey, type Key, type NewKey, type Scope } from '@/api/account';
import { useApi } from '@/api/port';
import { AskDialog } from '@/components/ask-dialog';
import { ErrorNotice } from '@/components/error-notice';
import { useSession } from '@/features/auth/session';
import { Card } from '@/features/settings/card';
import styles from '@/features/settings/settings.module.css';
import { useFormat } from '@/lib/format';

const KEYS = ['keys'];
const DAY_MS = 86_400_000;
const EXPIRIES = { never: null, month: 30, year: 365 } as const;
type Expiry = keyof typeof EXPIRIES;

export function KeysCard() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: KEYS, queryFn: ({ signal }) => listKeys(api, signal) });
  const [made, setMade] = useState<NewKey | null>(null);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const act = async (action: () => Promise<NewKey | null>) => {
    setFailure(null);
    try {
      setMade(await action());
      await queries.invalidateQueries({ queryKey: KEYS });
    } catch (caught) {
      setFailure(caught);
    }
  };
  const valid = data?.filter(({ revoked_at }) => revoked_at === null);
  return (
    <Card title={t('account.keys')}>
      <Text size="sm" c="dimmed">
        {t('account.keysHelp')}
      </Text>
      {made && <Fresh made={made} />}
      {failure !== null && <ErrorNotice error={failure} />}
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {valid?.length === 0 && <Text size="sm">{t('account.noKeys')}</Text>}
      <ul className={styles.list}>
        {valid?.map((key) => (
          <KeyRow key={key.id} of={key} onRotate={() => void act(() => rotateKey(api, key.id))} onRevoke={() => setRevoking(key)} />
        ))}
      </ul>
      <KeyForm onMake={(body) => act(() => makeKey(api, body))} />
      {revoking && (
        <AskDialog
          title={t('account.revoke')}
          question={t('account.revokeAsk', { name: revoking.name })}
          yes={t('account.revoke')}
          onYes={() => void act(() => revokeKey(api, revoking.id).then(() => null))}
          onClose={() => setRevoking(null)}
        />
      )}
    </Card>
  );
}

function Fresh({ made }: { made: NewKey }) {
  const { t } = useTranslation('places');
  return (
    <Alert icon={<IconKey />} title={t('account.newKey')} role="status">
      <Text size="sm">{t('account.newKeyHelp')}</Text>
      <Text ff="monospace" my="xs" className={styles.secret ?? ''}>
        {made.key}
      </Text>
      <CopyButton value={made.key}>
        {({ copied, copy }) => (
          <Button size="compact-sm" onClick={copy}>
            {copied ? t('account.copied') : t('account.copy')}
          </Button>
        )}
      </CopyButton>
    </Alert>
  );
}

function KeyRow({ of: key, onRotate, onRevoke }: { of: Key; onRotate: () => void; onRevoke: () => void }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const facts = [
    `${key.prefix}…`,
    key.last_used_at === null ? t('account.neverUsed') : t('account.lastUsed', { time: format.date(new Date(key.last_used_at)) }),
    ...(key.expires_at === null ? [] : [t('account.until', { time: format.date(new Date(key.expires_at)) })]),
  ];
  return (
    <li className={styles.row}>
      <div>
        <Text fw={600} size="sm">
          {key.name}
        </Text>
        <Text size="sm" c="dimmed">
          {facts.join(' · ')}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        <ActionIcon variant="subtle" color="gray" c="inherit" size="lg" title={t('account.rotate')} aria-label={t('account.rotateNamed', { name: key.name })} onClick={onRotate}>
          <IconRefresh size={18} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" c="inherit" size="lg" title={t('account.revoke')} aria-label={t('account.revokeNamed', { name: key.name })} onClick={onRevoke}>
          <IconTrash size={18} />
        </ActionIcon>
      </Group>
    </li>
  );
}

function KeyForm({ onMake }: { onMake: (body: Parameters<typeof makeKey>[1]) => Promise<void> }) {
  const { t } = useTranslation('places');
  const { session } = useSession();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['read', 'generate']);
  const [expiry, setExpiry] = useState<Expiry>('never');
  const offered: Scope[] = session.role === 'admin' ? ['read', 'generate', 'admin'] : ['read', 'generate'];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const days = EXPIRIES[expiry];
    await onMake({ name: name.trim(), scopes, expires_at: days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString() });
    setName('');
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Group align="end" gap="sm">
          <TextInput
            flex="1 1 12rem"
            label={t('account.keyName')}
            placeholder={t('account.keyExample')}
            maxLength={100}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <NativeSelect
            label={t('account.expires')}
            value={expiry}
            onChange={({ currentTarget: { value } }) => setExpiry(value as Expiry)}
            data={(Object.keys(EXPIRIES) as Expiry[]).map((value) => ({ value, label: t(`account.expiry.${value}`) }))}
          />
        </Group>
        <Checkbox.Group label={t('account.scopes')} value={scopes} onChange={(chosen) => setScopes(chosen)}>
          <Group mt={6} gap="md">
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`account.scope.${scope}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group>
          <Button type="submit" variant="default" leftSection={<IconKey size={18} />} disabled={name.trim() === '' || scopes.length === 0}>
            {t('account.makeKey')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
