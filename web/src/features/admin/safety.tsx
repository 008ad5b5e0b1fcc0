import { ActionIcon, Badge, Button, Group, Loader, NativeSelect, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, addRule, listRules, matchRules, readPolicy, readSafety, removeRule, setPolicy, type Level, type Policy, type Role, type Rule } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { ROLES } from '@/features/admin/people';
import { Card } from '@/features/settings/card';
import styles from '@/features/settings/settings.module.css';

const SAFETY = [ADMIN, 'safety'];
const LEVELS: readonly Level[] = ['off', 'blur', 'block'];

/** What happens to prompts and pictures of each role, and the rules about prompts. */
export function Safety() {
  return (
    <Stack gap="lg">
      <PolicyCard />
      <RulesCard />
    </Stack>
  );
}

function PolicyCard() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: [...SAFETY, 'policies'],
    queryFn: async ({ signal }) => {
      const [mine, ...policies] = await Promise.all([readSafety(api, signal), ...ROLES.map((role) => readPolicy(api, role, signal))]);
      return { hasChecker: mine.has_checker, policies: ROLES.map((role, index) => ({ role, policy: policies[index] })) };
    },
  });
  return (
    <Card title={t('safety.policies')}>
      <Text size="sm" c="dimmed">
        {t('safety.policiesHelp')}
      </Text>
      {data && !data.hasChecker && <Text size="sm">{t('safety.noChecker')}</Text>}
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {data?.policies.map(({ role, policy }) => policy && <PolicyForm key={role} role={role} policy={policy} />)}
    </Card>
  );
}

function PolicyForm({ role, policy }: { role: Role; policy: Policy }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const [edited, setEdited] = useState(policy);
  const [failure, setFailure] = useState<unknown>(null);
  const [isSaved, setIsSaved] = useState(false);
  const change = (changes: Partial<Policy>) => {
    setIsSaved(false);
    setEdited({ ...edited, ...changes });
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    setPolicy(api, role, edited)
      .then(() => setIsSaved(true))
      .then(() => queries.invalidateQueries({ queryKey: SAFETY }))
      .catch(setFailure);
  };
  const levels = LEVELS.map((value) => ({ value, label: t(`safety.levels.${value}`) }));
  return (
    <form onSubmit={onSubmit} aria-label={t(`admin.roles.${role}`)}>
      <Group align="end" gap="sm">
        <Text fw={600} w={{ base: '100%', sm: '8rem' }}>
          {t(`admin.roles.${role}`)}
        </Text>
        <NativeSelect label={t('safety.prompts')} value={edited.prompts} onChange={({ currentTarget: { value } }) => change({ prompts: value as Level })} data={levels} />
        <NativeSelect label={t('safety.pictures')} value={edited.pictures} onChange={({ currentTarget: { value } }) => change({ pictures: value as Level })} data={levels} />
        <NumberInput
          w="8rem"
          label={t('safety.sensitivity')}
          value={edited.sensitivity}
          min={-0.2}
          max={0.2}
          step={0.05}
          decimalScale={2}
          onChange={(value) => typeof value === 'number' && change({ sensitivity: value })}
        />
        <Button type="submit" variant="default">
          {t('account.save')}
        </Button>
        {isSaved && (
          <Text size="sm" role="status">
            {t('safety.saved')}
          </Text>
        )}
      </Group>
      {failure !== null && <ErrorNotice error={failure} />}
    </form>
  );
}

function RulesCard() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const queries = useQueryClient();
  const [failure, setFailure] = useState<unknown>(null);
  const { data, error, refetch } = useQuery({ queryKey: [...SAFETY, 'rules'], queryFn: ({ signal }) => listRules(api, signal) });
  const act = async (action: Promise<unknown>) => {
    setFailure(null);
    try {
      await action;
      await queries.invalidateQueries({ queryKey: SAFETY });
    } catch (caught) {
      setFailure(caught);
    }
  };
  return (
    <Card title={t('safety.rules')}>
      <Text size="sm" c="dimmed">
        {t('safety.rulesHelp')}
      </Text>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {failure !== null && <ErrorNotice error={failure} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {data?.length === 0 && <Text size="sm">{t('safety.noRules')}</Text>}
      <ul className={styles.list}>
        {data?.map((rule) => (
          <RuleRow key={rule.id} rule={rule} onRemove={() => void act(removeRule(api, rule.id))} />
        ))}
      </ul>
      <RuleForm onAdd={(label, words) => act(addRule(api, { label, words }))} />
      <TryForm />
    </Card>
  );
}

function RuleRow({ rule, onRemove }: { rule: Rule; onRemove: () => void }) {
  const { t } = useTranslation('places');
  const label = t('safety.remove', { name: rule.words });
  return (
    <li className={styles.row}>
      <div>
        <Text fw={600} size="sm">
          {rule.words}
        </Text>
        <Text size="sm" c="dimmed">
          {rule.label}
        </Text>
      </div>
      <ActionIcon variant="subtle" color="gray" c="inherit" size="lg" aria-label={label} title={label} onClick={onRemove}>
        <IconTrash size={18} />
      </ActionIcon>
    </li>
  );
}

function RuleForm({ onAdd }: { onAdd: (label: string, words: string) => Promise<void> }) {
  const { t } = useTranslation('places');
  const [words, setWords] = useState('');
  const [label, setLabel] = useState('');
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    void onAdd(label.trim(), words.trim()).then(() => {
      setWords('');
      setLabel('');
    });
  };
  return (
    <form onSubmit={onSubmit}>
      <Group align="end" gap="sm">
        <TextInput flex="1 1 12rem" label={t('safety.words')} maxLength={200} value={words} onChange={({ currentTarget }) => setWords(currentTarget.value)} />
        <TextInput flex="1 1 12rem" label={t('safety.label')} maxLength={100} value={label} onChange={({ currentTarget }) => setLabel(currentTarget.value)} />
        <Button type="submit" variant="default" disabled={words.trim() === '' || label.trim() === ''}>
          {t('safety.add')}
        </Button>
      </Group>
    </form>
  );
}

/** Whether a prompt would be let through; nothing is made. */
function TryForm() {
  const { t } = useTranslation('places');
  const api = useApi();
  const [text, setText] = useState('');
  const [found, setFound] = useState<{ label: string | null } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    matchRules(api, text).then(setFound).catch(setFailure);
  };
  return (
    <form onSubmit={onSubmit}>
      <Group align="end" gap="sm">
        <TextInput
          flex="1 1 16rem"
          label={t('safety.try')}
          value={text}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            setFound(null);
          }}
        />
        <Button type="submit" variant="default" disabled={text.trim() === ''}>
          {t('safety.tryIt')}
        </Button>
        <Badge variant="default" tt="none" role="status" display={found === null ? 'none' : undefined}>
          {found?.label ?? t('safety.passes')}
        </Badge>
      </Group>
      {failure !== null && <ErrorNotice error={failure} />}
    </form>
  );
}
