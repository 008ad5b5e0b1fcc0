import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconDownload, IconTrash } from '@tabler/icons-react';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { eraseMe, exportMe } from '@/api/account';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { useSession } from '@/features/auth/session';
import { Card } from '@/features/settings/card';
import { saveBlob } from '@/lib/download';

/** Everything that is kept of the reader, to take along or to have erased. */
export function PersonalCard() {
  const { t } = useTranslation('places');
  const api = useApi();
  const [isBusy, setIsBusy] = useState(false);
  const [isErasing, setIsErasing] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const save = () => {
    setFailure(null);
    setIsBusy(true);
    exportMe(api)
      .then((file) => saveBlob(file, 'avila-diffusion.zip'))
      .catch(setFailure)
      .finally(() => setIsBusy(false));
  };
  return (
    <Card title={t('personal.title')}>
      <Text size="sm" c="dimmed">
        {t('personal.help')}
      </Text>
      {failure !== null && <ErrorNotice error={failure} />}
      <Group>
        <Button variant="default" leftSection={<IconDownload size={18} />} loading={isBusy} onClick={save}>
          {t('personal.export')}
        </Button>
        <Button variant="subtle" color="red" leftSection={<IconTrash size={18} />} onClick={() => setIsErasing(true)}>
          {t('personal.erase')}
        </Button>
      </Group>
      {isErasing && <EraseDialog onClose={() => setIsErasing(false)} />}
    </Card>
  );
}

function EraseDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const { signOut } = useSession();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    eraseMe(api, email.trim(), password).then(signOut).catch(setFailure);
  };
  const isRefused = failure !== null && [400, 401, 403].includes(asApiError(failure).status);
  return (
    <Modal opened centered onClose={onClose} title={t('personal.eraseTitle')} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <form onSubmit={onSubmit}>
        <Stack gap="sm">
          <Text>{t('personal.eraseHelp')}</Text>
          <TextInput label={t('signIn.email')} type="email" autoComplete="off" value={email} onChange={({ currentTarget }) => setEmail(currentTarget.value)} />
          <PasswordInput label={t('signIn.password')} autoComplete="current-password" value={password} onChange={({ currentTarget }) => setPassword(currentTarget.value)} />
          {isRefused && (
            <Text role="alert" size="sm" c="var(--mantine-color-error)">
              {t('signIn.refused')}
            </Text>
          )}
          {failure !== null && !isRefused && <ErrorNotice error={failure} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>
              {t('remove.keep')}
            </Button>
            <Button type="submit" color="red" disabled={email.trim() === ''}>
              {t('personal.eraseAll')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
