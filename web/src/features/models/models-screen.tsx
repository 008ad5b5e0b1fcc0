import { Button, Container, Group, Loader, Title } from '@mantine/core';
import { IconDownload, IconPackageOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listStandings, STANDINGS, type Standing } from '@/api/residency';
import { useApi } from '@/api/port';
import { useModels } from '@/api/query';
import type { Model } from '@/api/types';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import { useSession } from '@/features/auth/session';
import { ControlList, LoraList } from '@/features/models/adapters';
import { Deleted } from '@/features/models/deleted';
import { Installations } from '@/features/models/installations';
import { ModelCard } from '@/features/models/model-card';
import styles from '@/features/models/models.module.css';
import { withPlaces } from '@/lib/i18n/places';

const InstallDialog = lazy(async () => ({ default: (await import('@/features/models/install-dialog')).InstallDialog }));

const POLL_MS = 3000;

/** Of all that can be used and all that is installed: one may be there before or after the other. */
const namesOf = (usable: readonly Model[] = [], installed: readonly Standing[] = []): string[] =>
  [...new Set([...usable.map(({ id }) => id), ...installed.map(({ name }) => name)])].sort();

/** What is installed and what each of it can do; administrators install, load and delete here. */
export const ModelsScreen = withPlaces(function ModelsScreen() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const { session } = useSession();
  const isAdmin = session.role === 'admin';
  const [isInstalling, setIsInstalling] = useState(false);
  const usable = useModels();
  const standing = useQuery({ queryKey: [...STANDINGS, 'models'], queryFn: ({ signal }) => listStandings(api, signal), enabled: isAdmin, refetchInterval: POLL_MS });
  const names = namesOf(usable.data, standing.data);
  const error = usable.error ?? standing.error;
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
      {error && <ErrorNotice error={error} onRetry={() => void Promise.all([usable.refetch(), isAdmin && standing.refetch()])} />}
      {!usable.data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {usable.data && names.length === 0 && <EmptyState Icon={IconPackageOff} title={t('translation:create.noModels')} text={t('translation:create.noModelsHelp')} />}
      <ul className={styles.cards}>
        {names.map((name) => (
          <ModelCard key={name} name={name} model={usable.data?.find(({ id }) => id === name) ?? null} standing={standing.data?.find((one) => one.name === name) ?? null} />
        ))}
      </ul>
      {isAdmin && <Deleted />}
      <LoraList isAdmin={isAdmin} />
      <ControlList />
      <Suspense>{isInstalling && <InstallDialog onClose={() => setIsInstalling(false)} />}</Suspense>
    </Container>
  );
});
