import { Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from '@/features/settings/settings.module.css';

export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.card}>
      <Stack gap="md">
        <Title order={2}>{title}</Title>
        {children}
      </Stack>
    </section>
  );
}
