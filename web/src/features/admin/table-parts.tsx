import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/admin/admin.module.css';

/** A wide table scrolls within itself, by the keyboard too. */
export function ScrollRegion({ label, children }: { label: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by the keyboard
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** The button below a list that has more. */
export function MoreButton({ hasNextPage, isFetchingNextPage, fetchNextPage }: Pages) {
  const { t } = useTranslation(['places', 'translation']);
  if (!hasNextPage) return null;
  return (
    <Button variant="default" style={{ alignSelf: 'start' }} loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {t('admin.more')}
    </Button>
  );
}
