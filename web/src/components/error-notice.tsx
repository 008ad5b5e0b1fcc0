import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { asApiError } from '@/api/errors';
import en from '@/lib/i18n/locales/en.json';

type Known = keyof typeof en.errors;
const isKnown = (code: string): code is Known => Object.hasOwn(en.errors, code) && code !== 'other';

/** What went wrong in the reader's language, by the error's code; what the server said where a code is new. */
export function errorText(error: unknown, t: TFunction): string {
  const { code, message } = asApiError(error);
  return isKnown(code) ? t(`errors.${code}`) : t('errors.other', { message });
}

interface ErrorNoticeProps {
  error: unknown;
  /** Null where what stands above says it already. */
  title?: string | null;
  onRetry?: () => void;
}

export function ErrorNotice({ error, title, onRetry }: ErrorNoticeProps) {
  const { t } = useTranslation();
  const { code, field, message } = asApiError(error);
  const showsDetail = isKnown(code) && (code === 'invalid_value' || field !== null);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={title === undefined ? t('errors.title') : title} role="alert">
      <Text size="sm" c="inherit">
        {errorText(error, t)}
      </Text>
      {showsDetail && (
        <Text size="sm" mt={4} ff="monospace" c="inherit" lang="en">
          {message}
        </Text>
      )}
      {onRetry && (
        <Group mt="sm">
          <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
            {t('common.retry')}
          </Button>
        </Group>
      )}
    </Alert>
  );
}
