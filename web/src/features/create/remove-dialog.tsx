import { useTranslation } from 'react-i18next';
import { AskDialog } from '@/components/ask-dialog';
import { withExtras } from '@/lib/i18n/places';

interface RemoveDialogProps {
  count: number;
  onRemove: () => Promise<void>;
  onClose: () => void;
}

/** What is removed is gone for good, so it is asked for once more. */
export const RemoveDialog = withExtras(function RemoveDialog({ count, onRemove, onClose }: RemoveDialogProps) {
  const { t } = useTranslation('places');
  const question = count === 0 ? t('remove.entry') : t('remove.pictures', { count });
  return <AskDialog title={t('remove.title')} question={question} yes={t('remove.confirm')} onYes={onRemove} onClose={onClose} />;
});
