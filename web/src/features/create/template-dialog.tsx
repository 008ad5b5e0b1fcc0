import { Button, Code, Group, Loader, Modal, NativeSelect, NumberInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import { fillTemplate, listTemplates, titleOf, type Placeholder, type PreparedPrompts, type Template } from '@/api/prompts';
import { ErrorNotice } from '@/components/error-notice';
import { missingOf, previewOf, valuesOf, type Values } from '@/features/create/model/templates';
import { withExtras } from '@/lib/i18n/places';

interface TemplateDialogProps {
  onUse: (prompts: PreparedPrompts) => void;
  onClose: () => void;
}

/** Choose a template, fill its places, see what becomes of it, use it. */
export const TemplateDialog = withExtras(function TemplateDialog({ onUse, onClose }: TemplateDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: ['templates'], queryFn: ({ signal }) => listTemplates(api, signal) });
  return (
    <Modal opened onClose={onClose} title={t('translation:create.templates')} closeButtonProps={{ 'aria-label': t('translation:common.close') }} centered size="lg">
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {data && <TemplateForm templates={data} onUse={onUse} />}
    </Modal>
  );
});

function TemplateForm({ templates, onUse }: { templates: readonly Template[]; onUse: TemplateDialogProps['onUse'] }) {
  const { t, i18n } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [name, setName] = useState(templates[0]?.name ?? '');
  const template = templates.find((one) => one.name === name);
  const [given, setGiven] = useState<Values>({});
  const [isAsked, setIsAsked] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  if (!template) return <Text c="dimmed">{t('prompts.noTemplates')}</Text>;
  const values = valuesOf(template, given);
  const missing = missingOf(template, values);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setIsAsked(true);
    setFailure(null);
    if (missing.length === 0) fillTemplate(api, template.name, values).then(onUse).catch(setFailure);
  };
  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="md">
        <SegmentedControl
          fullWidth
          orientation="vertical"
          aria-label={t('translation:create.templates')}
          value={template.name}
          onChange={(chosen) => {
            setName(chosen);
            setIsAsked(false);
            setFailure(null);
          }}
          data={templates.map((one) => ({ value: one.name, label: titleOf(one.titles, i18n.language, one.name) }))}
        />
        {template.placeholders.map((place) => (
          <PlaceField
            key={place.name}
            place={place}
            value={values[place.name]}
            onChange={(value) => setGiven({ ...given, [place.name]: value })}
            error={isAsked && missing.includes(place.name) && t('prompts.fillThis')}
          />
        ))}
        <div>
          <Text size="sm" c="dimmed" mb={4}>
            {t('prompts.result')}
          </Text>
          <Code block lang="en" style={{ whiteSpace: 'pre-wrap' }}>
            {previewOf(template, values)}
          </Code>
        </div>
        {failure !== null && <ErrorNotice error={asApiError(failure)} />}
        <Group justify="flex-end">
          <Button type="submit">{t('prompts.use')}</Button>
        </Group>
      </Stack>
    </form>
  );
}

interface PlaceFieldProps {
  place: Placeholder;
  value: string | number | undefined;
  onChange: (value: string | number) => void;
  error: string | false;
}

function PlaceField({ place, value, onChange, error }: PlaceFieldProps) {
  const { i18n } = useTranslation();
  const label = titleOf(place.labels, i18n.language, place.name);
  if (place.type === 'choice') {
    return <NativeSelect label={label} lang="en" data={place.options} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
  }
  if (place.type === 'number') {
    return (
      <NumberInput
        label={label}
        value={value ?? ''}
        step={0.1}
        {...(typeof place.minimum === 'number' && { min: place.minimum })}
        {...(typeof place.maximum === 'number' && { max: place.maximum })}
        onChange={onChange}
        error={error}
      />
    );
  }
  return (
    <TextInput label={label} value={value ?? ''} onChange={({ currentTarget }) => onChange(currentTarget.value)} error={error} maxLength={300} autoComplete="off" />
  );
}
