import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function EmptyTrashDialog({ onEmpty, onClose }: { onEmpty: () => void; onClose: () => void }) {
  const { t } = useTranslation(['places', 'translation']);
  return (
    <Modal opened onClose={onClose} centered title={t('gallery.emptyTrash')} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <Text>{t('gallery.emptyTrashAsk')}</Text>
      <Group justify="end" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t('remove.keep')}
        </Button>
        <Button
          color="red"
          onClick={() => {
            onEmpty();
            onClose();
          }}
        >
          {t('gallery.emptyTrash')}
        </Button>
      </Group>
    </Modal>
  );
}
