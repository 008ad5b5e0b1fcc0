import { Button, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/gallery/gallery.module.css';

const SHOWN_MS = 12_000;

export function UndoNotice({ count, isRaised, onUndo, onEnd }: { count: number; isRaised: boolean; onUndo: () => void; onEnd: () => void }) {
  const { t } = useTranslation('places');
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    const timer = setTimeout(() => end.current(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [count]);
  return (
    <div className={styles.bar} data-undo {...(isRaised && { style: { marginBottom: '4rem' } })}>
      <Text size="sm">{t('gallery.trashed', { count })}</Text>
      <Button size="compact-md" variant="light" onClick={onUndo}>
        {t('gallery.undo')}
      </Button>
    </div>
  );
}
