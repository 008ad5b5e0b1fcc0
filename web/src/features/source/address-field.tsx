import { Button, Group, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { pictureAt } from '@/api/uploads';
import { ErrorNotice } from '@/components/error-notice';
import { isAddress } from '@/features/source/model';

/** A picture that lies somewhere on the web. */
export function AddressField({ onPicture }: { onPicture: (file: Blob) => Promise<void> }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const [address, setAddress] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    setIsBusy(true);
    pictureAt(api, address.trim())
      .then(onPicture)
      .catch(setFailure)
      .finally(() => setIsBusy(false));
  };
  return (
    <form onSubmit={onSubmit} noValidate>
      <Group gap="xs" mt="xs" wrap="nowrap" align="end">
        <TextInput
          type="url"
          inputMode="url"
          size="xs"
          flex={1}
          label={t('source.address')}
          placeholder="https://"
          value={address}
          onChange={({ currentTarget: { value } }) => setAddress(value)}
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
        />
        <Button type="submit" size="xs" variant="default" loading={isBusy} disabled={!isAddress(address)}>
          {t('source.fetch')}
        </Button>
      </Group>
      {failure !== null && <ErrorNotice error={failure} title={null} />}
    </form>
  );
}
