import { Button, Group, Modal, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from '@/components/error-notice';

interface AskDialogProps {
  title: string;
  question: string;
  /** On the button that does it. */
  yes: string;
  /** A promise keeps the question open until it is done, and is told of here where it fails. */
  onYes: () => unknown;
  onClose: () => void;
}

/** The question before what is deleted, revoked or emptied. Keeping it is what Enter does. */
export function AskDialog({ title, question, yes, onYes, onClose }: AskDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  const doing = useMutation({ mutationFn: () => Promise.resolve().then(onYes), onSuccess: onClose });
  return (
    <Modal opened centered onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <Text>{question}</Text>
      {doing.error && <ErrorNotice error={doing.error} />}
      <Group justify="end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('remove.keep')}
        </Button>
        <Button color="red" loading={doing.isPending} onClick={() => doing.mutate()}>
          {yes}
        </Button>
      </Group>
    </Modal>
  );
}
