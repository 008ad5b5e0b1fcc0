import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readAnnouncement } from '@/api/admin';
import { useApi } from '@/api/port';

const POLL_MS = 60_000;
const COLORS = { info: 'blue', warning: 'orange', critical: 'red' } as const;

/** What an administrator has to say to everybody; closed, it stays away until there is another one. */
export function AnnouncementBanner() {
  const { t } = useTranslation();
  const api = useApi();
  const [closed, setClosed] = useState<string | null>(null);
  const { data } = useQuery({ queryKey: ['announcement'], queryFn: ({ signal }) => readAnnouncement(api, signal), refetchInterval: POLL_MS });
  if (!data || data.created_at === closed) return null;
  return (
    <Alert
      role={data.level === 'critical' ? 'alert' : 'status'}
      color={COLORS[data.level]}
      variant="light"
      radius={0}
      icon={data.level === 'info' ? <IconInfoCircle /> : <IconAlertTriangle />}
      withCloseButton
      closeButtonLabel={t('common.close')}
      onClose={() => setClosed(data.created_at)}
      styles={{ message: { color: 'inherit' } }}
    >
      {data.text}
    </Alert>
  );
}
