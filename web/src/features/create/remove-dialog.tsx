import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from '@/components/error-notice';
import { withExtras } from '@/lib/i18n/places';

interface RemoveDialogProps {
  count: number;
  onRemove: () => Promise<void>;
  onClose: () => void;
}

/** What is removed is gone for good, so it is asked for once more. */
export const RemoveDialog = withExtras(function RemoveDialog({ count, onRemove, onClose }: RemoveDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  const removal = useMutation({ mutationFn: onRemove, onSuccess: onClose });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('remove.title')}
      closeButtonProps={{ 'aria-label': t('translation:common.close') }}
     
      centered
    >
      <Stack>
        <Text>{count === 0 ? t('remove.entry') : t('remove.pictures', { count })}</Text>
        {removal.error && <ErrorNotice error={removal.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('remove.keep')}
          </Button>
          <Button color="red" loading={removal.isPending} onClick={() => removal.mutate()}>
            {t('remove.confirm')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
});
