import { Stack, Text, Title } from '@mantine/core';
import type { IconSparkles } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  Icon: typeof IconSparkles;
  title: string;
  text: string;
  children?: ReactNode;
}

/** Says why there is nothing yet and what to do about it. */
export function EmptyState({ Icon, title, text, children }: EmptyStateProps) {
  return (
    <Stack align="center" justify="center" gap="xs" p="xl" ta="center" h="100%">
      <Icon size={44} stroke={1.25} color="var(--mantine-color-dimmed)" aria-hidden />
      <Title order={2}>{title}</Title>
      <Text c="dimmed" maw="34ch">
        {text}
      </Text>
      {children}
    </Stack>
  );
}
