import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

type Schemas = components['schemas'];
export type Quota = Schemas['Quota'];
export type Key = Schemas['Key'];
export type NewKey = Schemas['NewKey'];
export type Scope = Schemas['Scope'];
export type SignedIn = Schemas['Session'];
export type User = Schemas['User'];

const id = encodeURIComponent;

export const readQuota = (api: Api, signal?: AbortSignal): Promise<Quota> => api.ask('/v1/quota', { signal });

export const listKeys = (api: Api, signal?: AbortSignal): Promise<Key[]> => api.ask('/v1/keys', { signal });
export const makeKey = (api: Api, body: { name: string; scopes: Scope[]; expires_at: string | null }): Promise<NewKey> =>
  api.ask('/v1/keys', { method: 'POST', body });
export const rotateKey = (api: Api, key: string): Promise<NewKey> => api.ask(`/v1/keys/${id(key)}/rotate`, { method: 'POST' });
export const revokeKey = (api: Api, key: string): Promise<unknown> => api.ask(`/v1/keys/${id(key)}`, { method: 'DELETE' });

export const listSessions = (api: Api, signal?: AbortSignal): Promise<SignedIn[]> => api.ask('/v1/auth/sessions', { signal });
export const endSession = (api: Api, session: string): Promise<unknown> =>
  api.ask(`/v1/auth/sessions/${id(session)}`, { method: 'DELETE' });
export const signOutEverywhere = (api: Api): Promise<unknown> => api.ask('/v1/auth/sign-out-everywhere', { method: 'POST' });

export const changePassword = (api: Api, current: string, next: string): Promise<unknown> =>
  api.ask('/v1/auth/password', { method: 'POST', body: { current_password: current, new_password: next } });

export const readMe = (api: Api, signal?: AbortSignal): Promise<User> => api.ask('/v1/auth/me', { signal });
export const changeMe = (api: Api, body: Schemas['MeBody']): Promise<User> => api.ask('/v1/auth/me', { method: 'PATCH', body });

export const exportMe = (api: Api): Promise<Blob> => api.file('/v1/auth/me/export');
export const eraseMe = (api: Api, email: string, password: string): Promise<unknown> =>
  api.ask('/v1/auth/me/erase', { method: 'POST', body: { email, current_password: password === '' ? null : password } });
