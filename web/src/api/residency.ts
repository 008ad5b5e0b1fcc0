import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

type Schemas = components['schemas'];
/** An installed pipeline: where it is from, what it needs, and whether it is loaded. */
export type Standing = Schemas['AdminModel'];
export type Deleted = Schemas['DeletedModel'];
export type ModelFile = Schemas['ModelFileAnswer'];

const id = encodeURIComponent;
type Signal = AbortSignal | undefined;
const MODELS = '/v1/admin/models';
const FILES = '/v1/admin/model-files';

/** Everything that was read about installed models; to be forgotten when one comes or goes. */
export const STANDINGS = ['model-admin'] as const;

export const listStandings = (api: Api, signal?: Signal): Promise<Standing[]> => api.ask(MODELS, { signal });
export const changeStanding = (api: Api, name: string, act: 'load' | 'unload'): Promise<Standing> => api.ask(`${MODELS}/${id(name)}/${act}`, { method: 'POST' });
/** Into the trash, from which it can be taken back. */
export const deleteModel = (api: Api, name: string): Promise<Deleted> => api.ask(`${MODELS}/${id(name)}`, { method: 'DELETE' });
export const restoreModel = (api: Api, name: string): Promise<Deleted> => api.ask(`${MODELS}/${id(name)}/restore`, { method: 'POST' });
export const listDeleted = (api: Api, signal?: Signal): Promise<Deleted[]> => api.ask(`${MODELS}/deleted`, { signal });

export const listLoraFiles = (api: Api, signal?: Signal): Promise<ModelFile[]> => api.ask(`${FILES}/loras`, { signal });
export const deleteLora = (api: Api, name: string): Promise<ModelFile> => api.ask(`${FILES}/loras/${id(name)}`, { method: 'DELETE' });
export const restoreLora = (api: Api, name: string): Promise<ModelFile> => api.ask(`${FILES}/loras/${id(name)}/restore`, { method: 'POST' });
