import { Badge, Button, Group, Text, Title } from '@mantine/core';
import { IconPlayerEject, IconPlayerPlay, IconSparkles, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeStanding, deleteModel, type Standing } from '@/api/residency';
import { useApi } from '@/api/port';
import type { Model } from '@/api/types';
import { AskDialog } from '@/components/ask-dialog';
import { Disclosure } from '@/components/disclosure';
import { ErrorNotice } from '@/components/error-notice';
import { useCreate } from '@/features/create/create-context';
import { fitToModel } from '@/features/create/model/parameters';
import { samplerName } from '@/features/create/model/samplers';
import { Facts, type Fact } from '@/features/models/facts';
import styles from '@/features/models/models.module.css';
import { useChange } from '@/features/models/use-change';
import { useFormat } from '@/lib/format';

interface ModelCardProps {
  name: string;
  /** Null where nobody can use it now. */
  model: Model | null;
  /** Null for who is no administrator. */
  standing: Standing | null;
}

export function ModelCard({ name, model, standing }: ModelCardProps) {
  const { t } = useTranslation('places');
  const navigate = useNavigate();
  const { parameters, model: current, change } = useCreate();
  const use = (chosen: Model) => {
    if (parameters) change(fitToModel({ ...parameters, model: chosen.id }, chosen));
    void navigate({ to: '/' });
  };
  return (
    <li className={styles.card} data-model={name}>
      <Group justify="space-between" wrap="nowrap" align="start">
        <Title order={2} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Title>
        <State standing={standing} isChosen={current?.id === name} />
      </Group>
      <Abilities names={model?.capabilities.supports ?? standing?.capabilities ?? []} />
      {standing && <StandingFacts standing={standing} />}
      {model && <ModelFacts model={model} isFolded={standing !== null} />}
      <div className={styles.acts}>
        {model && (
          <Button variant="default" leftSection={<IconSparkles size={18} />} onClick={() => use(model)}>
            {t('models.use')}
          </Button>
        )}
        {standing && <Acts standing={standing} />}
      </div>
    </li>
  );
}

function State({ standing, isChosen }: { standing: Standing | null; isChosen: boolean }) {
  const { t } = useTranslation('places');
  return (
    <Group gap={6} flex="none">
      {standing && (
        <Badge variant={['warm', 'failed'].includes(standing.state) ? 'filled' : 'default'} color={standing.state === 'failed' ? 'red' : 'iris'}>
          {t(`models.states.${standing.state}`)}
        </Badge>
      )}
      {isChosen && (
        <Badge variant="light" autoContrast>
          {t('models.chosen')}
        </Badge>
      )}
    </Group>
  );
}

function Abilities({ names }: { names: Model['capabilities']['supports'] }) {
  const { t } = useTranslation('places');
  return (
    <Group gap={6}>
      {names.map((name) => (
        <Badge key={name} variant="default">
          {t(`models.supports.${name}`)}
        </Badge>
      ))}
    </Group>
  );
}

/** What an administrator wants to know: size, licence, where it is from, whether it is loaded. */
function StandingFacts({ standing }: { standing: Standing }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const { licence, source, last_used_at: used, reason } = standing;
  const facts: Fact[] = [
    { name: t('models.size'), value: format.bytes(standing.size_bytes) },
    { name: t('models.memory'), value: format.bytes(standing.memory_bytes) },
    { name: t('models.licence'), value: licence ?? t('models.notTold') },
    ...(source === null ? [] : [{ name: t('models.source'), value: source }]),
    { name: t('models.installed'), value: format.date(new Date(standing.installed_at)) },
    { name: t('models.used'), value: used === null ? t('admin.never') : format.date(new Date(used)) },
  ];
  return (
    <>
      <Facts facts={facts} />
      {reason !== null && (
        <Text size="sm" c={standing.state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'} lang="en">
          {reason}
        </Text>
      )}
    </>
  );
}

function ModelFacts({ model, isFolded }: { model: Model; isFolded: boolean }) {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const { capabilities: able } = model;
  const [width = 0, height = 0] = able.default_size.split('x').map(Number);
  const facts: Fact[] = [
    { name: t('models.family'), value: model.family },
    { name: t('models.native'), value: format.size(width, height) },
    { name: t('models.largest'), value: format.size(able.max_size, able.max_size) },
    { name: t('translation:create.steps'), value: format.number(able.default_steps) },
    { name: t('translation:create.guidance'), value: format.number(able.default_guidance_scale) },
    { name: t('translation:create.sampler'), value: samplerName(able.default_sampler) },
    { name: t('models.fingerprint'), value: model.fingerprint.slice(0, 12) },
    ...(able.controlnet.length > 0 ? [{ name: 'ControlNet', value: able.controlnet.join(', ') }] : []),
  ];
  const shown = (
    <>
      <Facts facts={facts} />
      <Text size="xs" c="dimmed" mt="xs">
        {t('models.prompt', { count: able.max_prompt_chunks })}
      </Text>
    </>
  );
  if (!isFolded) return <div>{shown}</div>;
  return (
    <Disclosure label={t('models.more')} size="compact-xs">
      <div className={styles.folded}>{shown}</div>
    </Disclosure>
  );
}

function Acts({ standing }: { standing: Standing }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const { act, isBusy, failure } = useChange();
  const [isAsking, setIsAsking] = useState(false);
  const { name, state } = standing;
  const isLoaded = state === 'warm' || state === 'loading';
  return (
    <>
      <Button
        variant="default"
        loading={isBusy}
        leftSection={isLoaded ? <IconPlayerEject size={18} /> : <IconPlayerPlay size={18} />}
        onClick={() => void act(() => changeStanding(api, name, isLoaded ? 'unload' : 'load'))}
      >
        {isLoaded ? t('models.unload') : t('models.load')}
      </Button>
      <Button variant="subtle" color="red" px="sm" aria-label={t('models.deleteNamed', { name })} title={t('models.delete')} onClick={() => setIsAsking(true)}>
        <IconTrash size={18} />
      </Button>
      {failure !== null && (
        <div className={styles.failure}>
          <ErrorNotice error={failure} />
        </div>
      )}
      {isAsking && (
        <AskDialog
          title={t('models.deleteTitle', { name })}
          question={t('models.deleteHelp')}
          yes={t('models.delete')}
          onYes={() => void act(() => deleteModel(api, name))}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
