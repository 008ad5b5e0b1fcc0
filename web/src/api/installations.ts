import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

type Schemas = components['schemas'];
export type Installation = Schemas['Installation'];
export type Preview = Schemas['Preview'];
/** The same as far as it is known before; the kind, where the source does not tell. */
export type PreviewBody = Pick<Schemas['InstallationBody'], 'source' | 'file' | 'base' | 'pipeline'> & { kind?: Kind };
export type InstallationBody = Schemas['InstallationBody'];
export type Kind = Schemas['Kind'];

const INSTALLATIONS = '/v1/admin/installations';

/** What a source offers, before anything large is fetched. */
export const previewInstallation = (api: Api, body: PreviewBody): Promise<Preview> => api.ask(`${INSTALLATIONS}/previews`, { method: 'POST', body });
export const install = (api: Api, body: InstallationBody): Promise<Installation> => api.ask(INSTALLATIONS, { method: 'POST', body });
export const listInstallations = async (api: Api, signal?: AbortSignal): Promise<Installation[]> =>
  (await api.ask<Schemas['InstallationList']>(INSTALLATIONS, { signal })).results;
/** Every change of one beyond the version that is known, until it has ended or was paused. */
export const followInstallation = (
  api: Api,
  { id, version }: Installation,
  onChange: (told: Installation) => void,
  onConnection: (isLost: boolean) => void,
  signal: AbortSignal,
): Promise<void> =>
  api.listen(
    `${INSTALLATIONS}/${encodeURIComponent(id)}/events?after=${version}`,
    {
      onMessage: ({ data }) => {
        const told = JSON.parse(data) as Installation;
        onChange(told);
        return !isWorking(told);
      },
      onConnection,
    },
    signal,
  );

const ENDED: readonly Installation['status'][] = ['succeeded', 'failed', 'canceled'];
export const isOver = ({ status }: Installation): boolean => ENDED.includes(status);
/** Whether it changes by itself. */
export const isWorking = (one: Installation): boolean => !isOver(one) && one.status !== 'paused';

export const changeInstallation = (api: Api, one: string, act: 'pause' | 'resume' | 'cancel'): Promise<Installation> =>
  api.ask(`${INSTALLATIONS}/${encodeURIComponent(one)}/${act}`, { method: 'POST' });
