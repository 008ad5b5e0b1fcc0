import { Alert, Text } from '@mantine/core';
import { IconShieldHalf } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Finding } from '@/api/types';
import { withExtras } from '@/lib/i18n/places';

type Kind = `${Finding['action']}.${NonNullable<Finding['stage']> | 'any'}`;

/** What the safety policy held back or blurred, and where it was found: in the prompt, the picture to start from, or the picture. */
export const ModerationNotice = withExtras(function ModerationNotice({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation('places');
  const kinds = new Map<Kind, Finding[]>();
  for (const finding of findings) {
    const kind: Kind = `${finding.action}.${finding.stage ?? 'any'}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), finding]);
  }
  return (
    <Alert color="yellow" variant="light" icon={<IconShieldHalf />} role="status" title={t('moderation.title')}>
      {[...kinds].map(([kind, alike]) => (
        <Text key={kind} size="sm" c="inherit">
          {t(`moderation.${kind}`, { count: alike.length })}
        </Text>
      ))}
    </Alert>
  );
});
