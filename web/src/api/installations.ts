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
export const changeInstallation = (api: Api, one: string, act: 'pause' | 'resume' | 'cancel'): Promise<Installation> =>
  api.ask(`${INSTALLATIONS}/${encodeURIComponent(one)}/${act}`, { method: 'POST' });
