import { Alert, Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { install, previewInstallation, type InstallationBody, type Kind, type Preview, type PreviewBody } from '@/api/installations';
import { useApi } from '@/api/port';
import { Disclosure } from '@/components/disclosure';
import { ErrorNotice } from '@/components/error-notice';
import { Facts } from '@/features/models/facts';
import styles from '@/features/models/models.module.css';
import { usePutInstallation } from '@/features/models/use-installations';
import { useFormat } from '@/lib/format';

const KINDS: readonly Kind[] = ['pipeline', 'lora', 'controlnet', 'embedding'];
const PRECISIONS = ['fp32', 'fp16', 'bf16', 'int8', 'fp8'] as const satisfies readonly InstallationBody['precision'][];

/** What the reader writes; empty where the source tells it itself. */
interface Wish {
  source: string;
  kind: Kind | '';
  file: string;
  base: string;
  pipeline: string;
}
const NOTHING: Wish = { source: '', kind: '', file: '', base: '', pipeline: '' };

const questionOf = ({ source, kind, file, base, pipeline }: Wish): PreviewBody => ({
  source: source.trim(),
  ...(kind !== '' && { kind }),
  ...(file.trim() !== '' && { file: file.trim() }),
  ...(base.trim() !== '' && { base: base.trim() }),
  ...(pipeline.trim() !== '' && { pipeline: pipeline.trim() }),
});

/** First what a source offers, its licence and whether it fits; then, once the licence is accepted, the order. */
export function InstallDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const put = usePutInstallation();
  const [wish, setWish] = useState<Wish>(NOTHING);
  const look = useMutation({ mutationFn: () => previewInstallation(api, questionOf(wish)) });
  const order = useMutation({
    mutationFn: (body: InstallationBody) => install(api, body),
    onSuccess: (begun) => {
      put(begun);
      onClose();
    },
  });
  const change = (changes: Partial<Wish>) => {
    setWish({ ...wish, ...changes });
    look.reset();
    order.reset();
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (wish.source.trim() !== '') look.mutate();
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={t('models.install')} closeButtonProps={{ 'aria-label': t('translation:common.close') }}>
      <Stack gap="md">
        <form onSubmit={onSubmit}>
          <Stack gap="sm">
            <TextInput
              label={t('models.source')}
              description={t('models.sourceHelp')}
              value={wish.source}
              onChange={({ currentTarget: { value } }) => change({ source: value })}
              autoCapitalize="none"
              spellCheck={false}
              data-autofocus
            />
            <Details wish={wish} onChange={change} />
            <Group justify="end">
              <Button type="submit" variant={look.data ? 'default' : 'filled'} loading={look.isPending} disabled={wish.source.trim() === ''}>
                {t('models.look')}
              </Button>
            </Group>
          </Stack>
        </form>
        {look.error && <ErrorNotice error={look.error} />}
        {look.data && <Offer key={look.data.source} offer={look.data} isBusy={order.isPending} onInstall={(body) => order.mutate({ ...questionOf(wish), ...body })} />}
        {order.error && <ErrorNotice error={order.error} />}
      </Stack>
    </Modal>
  );
}

/** What a source does not always tell by itself. */
function Details({ wish, onChange }: { wish: Wish; onChange: (changes: Partial<Wish>) => void }) {
  const { t } = useTranslation('places');
  return (
    <Disclosure label={t('models.details')} size="compact-sm">
      <Stack gap="sm" pt="xs">
        <NativeSelect
          label={t('models.kind')}
          value={wish.kind}
          onChange={({ currentTarget: { value } }) => onChange({ kind: value as Wish['kind'] })}
          data={[{ value: '', label: t('models.bySource') }, ...KINDS.map((value) => ({ value, label: t(`models.kinds.${value}`) }))]}
        />
        {(['file', 'base', 'pipeline'] as const).map((name) => (
          <TextInput
            key={name}
            label={t(`models.fields.${name}`)}
            description={t(`models.fieldHelp.${name}`)}
            value={wish[name]}
            onChange={({ currentTarget: { value } }) => onChange({ [name]: value })}
            autoCapitalize="none"
            spellCheck={false}
          />
        ))}
      </Stack>
    </Disclosure>
  );
}

/** What is not served of it. */
function LeftOut({ networks }: { networks: readonly string[] }) {
  const { t } = useTranslation('places');
  return networks.length > 0 && <Alert color="yellow">{t('models.leftOut', { networks: networks.join(', ') })}</Alert>;
}

interface OfferProps {
  offer: Preview;
  isBusy: boolean;
  onInstall: (body: Pick<InstallationBody, 'source' | 'kind' | 'name' | 'accept_licence' | 'precision'>) => void;
}

function Offer({ offer, isBusy, onInstall }: OfferProps) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const [name, setName] = useState(offer.suggested_name);
  const [precision, setPrecision] = useState<NonNullable<InstallationBody['precision']>>('fp32');
  const [isAccepted, setIsAccepted] = useState(false);
  const { needs, licence } = offer;
  const of = (wanted: number, free: number) => t('models.ofFree', { wanted: format.bytes(wanted), free: format.bytes(free) });
  return (
    <Stack gap="sm" role="group" aria-label={t('models.offer')}>
      <Facts
        facts={[
          { name: t('models.kind'), value: t(`models.kinds.${offer.kind}`) },
          ...(offer.family === null ? [] : [{ name: t('models.family'), value: offer.family }]),
          { name: t('models.download'), value: t('models.files', { count: offer.files.length, bytes: format.bytes(offer.bytes_to_download) }) },
          { name: t('models.disk'), value: of(needs.disk_bytes, needs.disk_free_bytes) },
          { name: t('models.memory'), value: of(needs.memory_bytes, needs.memory_free_bytes) },
          { name: t('models.licence'), value: licence.name ?? licence.id ?? t('models.notTold') },
        ]}
      />
      {licence.link !== null && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {licence.link}
        </Text>
      )}
      {licence.text !== null && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by the keyboard
        <div className={styles.licence} tabIndex={0} role="region" aria-label={t('models.licence')} lang="en">
          {licence.text}
        </div>
      )}
      {!offer.fits && (
        <Alert color="red" role="alert" lang="en">
          {offer.reason}
        </Alert>
      )}
      {offer.needs_base && <Alert color="yellow">{t('models.needsBase')}</Alert>}
      <LeftOut networks={offer.left_out} />
      {offer.replaces && <Text size="sm">{t('models.replaces')}</Text>}
      <Group gap="sm" align="end">
        <TextInput flex="1 1 12rem" label={t('models.name')} value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} autoCapitalize="none" spellCheck={false} />
        {offer.kind === 'pipeline' && (
          <NativeSelect label={t('models.precision')} value={precision} onChange={({ currentTarget: { value } }) => setPrecision(value as typeof precision)} data={[...PRECISIONS]} />
        )}
      </Group>
      <Checkbox label={t('models.accept')} checked={isAccepted} onChange={({ currentTarget }) => setIsAccepted(currentTarget.checked)} />
      <Group justify="end">
        <Button
          loading={isBusy}
          disabled={!isAccepted || !offer.fits || name.trim() === ''}
          onClick={() => onInstall({ source: offer.source, kind: offer.kind, name: name.trim(), accept_licence: true, precision })}
        >
          {t('models.installIt')}
        </Button>
      </Group>
    </Stack>
  );
}
