import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

export type Lora = components['schemas']['LoraFile'];

/** Every installed one, with what is wrong with those that cannot be used. */
export const listLoras = (api: Api, signal?: AbortSignal): Promise<Lora[]> => api.ask('/v1/loras', { signal });
