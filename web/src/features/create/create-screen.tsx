import { Button, Loader, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconAdjustments, IconPackageOff } from '@tabler/icons-react';
import { lazy, Suspense, useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Disclosure } from '@/components/disclosure';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import { Controls } from '@/features/create/controls';
import { useCreate, useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { GenerateBar } from '@/features/create/generate-bar';
import { qualityOf } from '@/features/create/model/parameters';
import { PromptCard } from '@/features/create/prompt-card';
import tools from '@/features/create/prompt-tools.module.css';
import { Recent } from '@/features/create/recent';
import { Stage } from '@/features/create/stage';
import { useSource } from '@/features/source/source-context';
import { useFormat } from '@/lib/format';

const ControlPanel = lazy(async () => ({ default: (await import('@/features/control/control-panel')).ControlPanel }));
const SourcePanel = lazy(async () => ({ default: (await import('@/features/source/source-panel')).SourcePanel }));

const NARROW = '(max-width: 61.99em)';

export function CreateScreen() {
  const { t } = useTranslation();
  const { isPending, error, retry, model } = useCreate();
  // The whole workplace at once would be one long task on a phone; what is deferred is drawn in slices.
  const isWaiting = useDeferredValue(isPending);
  if (error !== null && model === null) {
    return (
      <div className={styles.message}>
        <ErrorNotice error={error} title={t('create.modelsFailed')} onRetry={retry} />
      </div>
    );
  }
  if (isPending || (isWaiting && model !== null)) {
    return (
      <div className={styles.message}>
        <Loader aria-label={t('common.loading')} mx="auto" display="block" />
      </div>
    );
  }
  if (model === null) {
    return (
      <EmptyState Icon={IconPackageOff} title={t('create.noModels')} text={t('create.noModelsHelp')}>
        <Button variant="default" onClick={retry}>
          {t('common.retry')}
        </Button>
      </EmptyState>
    );
  }
  return <Workplace />;
}

function Workplace() {
  const { t } = useTranslation();
  const [selected, select] = useState<string | null>(null);
  return (
    <div className={styles.layout}>
      <h1 className={styles.hidden}>{t('nav.create')}</h1>
      <div className={styles.panel}>
        <PromptCard />
        <SourcePlace />
        <ControlPlace />
        <Settings />
        <GenerateBar onStart={() => select(null)} />
      </div>
      <Stage selected={selected} />
      <Recent selected={selected} onSelect={select} />
    </div>
  );
}

/** Where the model can start from a picture, or one was dropped here all the same. */
function SourcePlace() {
  const { model } = useReady();
  const { source } = useSource();
  if (!model.capabilities.img2img && source === null) return null;
  return (
    <div className={tools.sourcePlace}>
      <Suspense>
        <SourcePanel />
      </Suspense>
    </div>
  );
}

/** Where the model has ControlNets. */
function ControlPlace() {
  const { model } = useReady();
  if (model.capabilities.controlnet.length === 0) return null;
  return (
    <div className={tools.controlPlace}>
      <Suspense>
        <ControlPanel />
      </Suspense>
    </div>
  );
}

/** All controls at a desk; on a phone one line that says how they stand and opens them. */
function Settings() {
  const { t } = useTranslation();
  const format = useFormat();
  const { parameters, model } = useReady();
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  if (!isNarrow) return <Controls />;
  const quality = qualityOf(parameters, model.capabilities);
  const summary = [
    format.size(parameters.width, parameters.height),
    quality ? t(`create.qualities.${quality}`) : t('create.custom'),
    t('create.pictures', { count: parameters.count }),
  ];
  return (
    <Disclosure
      variant="default"
      fullWidth
      justify="space-between"
      leftSection={<IconAdjustments size={18} />}
      classNames={{ label: styles.summary ?? '' }}
      label={
        <Text span size="sm" truncate>
          {summary.join(' · ')}
        </Text>
      }
    >
      <div className={styles.opened}>
        <Controls />
      </div>
    </Disclosure>
  );
}
