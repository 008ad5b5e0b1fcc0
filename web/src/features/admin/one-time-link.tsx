import { Alert, Button, Code, CopyButton, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** A token in an address, behind a # that no server sees. Shown this once. */
export function OneTimeLink({ kind, token }: { kind: 'invitation' | 'reset'; token: string }) {
  const { t } = useTranslation('places');
  const link = `${window.location.origin}/#${kind}=${encodeURIComponent(token)}`;
  return (
    <Alert color="teal" variant="light" title={t(`admin.links.${kind}`)} role="status">
      <Text size="sm" mb="xs">
        {t('admin.linkHelp')}
      </Text>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {link}
      </Code>
      <CopyButton value={link}>
        {({ copied, copy }) => (
          <Button mt="sm" size="xs" variant="default" onClick={copy}>
            {copied ? t('account.copied') : t('account.copy')}
          </Button>
        )}
      </CopyButton>
    </Alert>
  );
}
