import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface AskDialogProps {
  title: string;
  question: string;
  onYes: () => void;
  onClose: () => void;
}

/** Before what cannot be taken back. `title` says what is done, on the button too. */
export function AskDialog({ title, question, onYes, onClose }: AskDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  return (
    <Modal opened onClose={onClose} centered title={title} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <Text>{question}</Text>
      <Group justify="end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('remove.keep')}
        </Button>
        <Button
          color="red"
          onClick={() => {
            onYes();
            onClose();
          }}
        >
          {title}
        </Button>
      </Group>
    </Modal>
  );
}
