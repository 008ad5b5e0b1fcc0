import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface DeleteDialogProps {
  name: string;
  onDelete: () => void;
  onClose: () => void;
}

/** Into the trash, which the question says. */
export function DeleteDialog({ name, onDelete, onClose }: DeleteDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  return (
    <Modal opened centered onClose={onClose} title={t('models.deleteTitle', { name })} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <Text>{t('models.deleteHelp')}</Text>
      <Group justify="end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('remove.keep')}
        </Button>
        <Button
          color="red"
          onClick={() => {
            onClose();
            onDelete();
          }}
        >
          {t('models.delete')}
        </Button>
      </Group>
    </Modal>
  );
}
