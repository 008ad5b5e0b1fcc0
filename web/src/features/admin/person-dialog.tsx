import { Button, Group, Modal, NativeSelect, NumberInput, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, changeUser, readUserQuota, resetPassword, type Limits, type Role, type User } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { OneTimeLink } from '@/features/admin/one-time-link';
import { ROLES } from '@/features/admin/people';
import { useFormat } from '@/lib/format';

interface PersonDialogProps {
  user: User;
  onClose: () => void;
  onChanged: () => void;
}

const LIMITS = ['images_per_day', 'megapixel_steps_per_day', 'stored_bytes', 'queued_jobs', 'parallel_jobs', 'requests_per_minute'] as const satisfies readonly (keyof Limits)[];

/** Role, limits, the way back in, and whether the account is open. */
export function PersonDialog({ user, onClose, onChanged }: PersonDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [role, setRole] = useState<Role>(user.role);
  const [limits, setLimits] = useState<Partial<Record<keyof Limits, number | null>>>(user.limits as Partial<Limits>);
  const [token, setToken] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const act = (action: Promise<unknown>) => {
    setFailure(null);
    action.then(onChanged).catch(setFailure);
  };
  const isActive = user.status === 'active';
  return (
    <Modal opened onClose={onClose} centered title={user.email} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <Stack gap="md">
        <NativeSelect
          label={t('admin.columns.role')}
          value={role}
          onChange={({ currentTarget: { value } }) => setRole(value as Role)}
          data={ROLES.map((value) => ({ value, label: t(`admin.roles.${value}`) }))}
        />
        <UsedQuota user={user} />
        {LIMITS.map((name) => (
          <NumberInput
            key={name}
            label={t(`admin.limits.${name}`)}
            placeholder={t('admin.general')}
            value={limits[name] ?? ''}
            min={0}
            allowNegative={false}
            allowDecimal={name === 'megapixel_steps_per_day'}
            thousandSeparator=" "
            onChange={(value) => setLimits({ ...limits, [name]: typeof value === 'number' ? value : null })}
          />
        ))}
        {failure !== null && <ErrorNotice error={failure} />}
        <Group justify="space-between">
          <Button variant="default" color="red" onClick={() => act(changeUser(api, user.id, { status: isActive ? 'disabled' : 'active' }))}>
            {isActive ? t('admin.disable') : t('admin.enable')}
          </Button>
          <Button onClick={() => act(changeUser(api, user.id, { role, limits }))}>{t('account.save')}</Button>
        </Group>
        <Button
          variant="subtle"
          onClick={() => {
            setFailure(null);
            resetPassword(api, user.id)
              .then((made) => setToken(made.token))
              .catch(setFailure);
          }}
        >
          {t('admin.resetPassword')}
        </Button>
        {token !== null && <OneTimeLink kind="reset" token={token} />}
      </Stack>
    </Modal>
  );
}

function UsedQuota({ user }: { user: User }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const format = useFormat();
  const { data } = useQuery({ queryKey: [ADMIN, 'quota', user.id], queryFn: ({ signal }) => readUserQuota(api, user.id, signal) });
  if (!data) return null;
  return (
    <Text size="sm" c="dimmed">
      {t('account.imagesToday')}: {format.number(data.used.images_today)} · {t('account.stored')}: {format.bytes(data.used.stored_bytes)}
    </Text>
  );
}
