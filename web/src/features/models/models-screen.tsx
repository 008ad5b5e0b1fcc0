import { Button, Container, Group, Loader, Title } from '@mantine/core';
import { IconDownload, IconPackageOff } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useModels } from '@/api/query';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import { useSession } from '@/features/auth/session';
import { ControlList, LoraList } from '@/features/models/adapters';
import { Installations } from '@/features/models/installations';
import { ModelCard } from '@/features/models/model-card';
import styles from '@/features/models/models.module.css';
import { withPlaces } from '@/lib/i18n/places';

const InstallDialog = lazy(async () => ({ default: (await import('@/features/models/install-dialog')).InstallDialog }));

/** What is installed and what each of it can do; administrators install more. */
export const ModelsScreen = withPlaces(function ModelsScreen() {
  const { t } = useTranslation(['places', 'translation']);
  const { session } = useSession();
  const isAdmin = session.role === 'admin';
  const [isInstalling, setIsInstalling] = useState(false);
  const { data, error, refetch } = useModels();
  return (
    <Container size="lg" py="lg">
      <Group justify="space-between" mb="lg">
        <Title order={1}>{t('models.title')}</Title>
        {isAdmin && (
          <Button leftSection={<IconDownload size={18} />} onClick={() => setIsInstalling(true)}>
            {t('models.install')}
          </Button>
        )}
      </Group>
      {isAdmin && <Installations />}
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {data?.length === 0 && <EmptyState Icon={IconPackageOff} title={t('translation:create.noModels')} text={t('translation:create.noModelsHelp')} />}
      <ul className={styles.cards}>
        {data?.map((model) => (
          <ModelCard key={model.id} model={model} />
        ))}
      </ul>
      <LoraList />
      <ControlList />
      <Suspense>{isInstalling && <InstallDialog onClose={() => setIsInstalling(false)} />}</Suspense>
    </Container>
  );
});
