import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

type Schemas = components['schemas'];
export type Figures = Schemas['FiguresAnswer'];
export type QueueJob = Schemas['QueueJob'];
export type User = Schemas['User'];
export type Role = Schemas['Role'];
export type UserBody = Schemas['UserBody'];
export type Limits = Schemas['Limits'];
export type Day = Schemas['DayAnswer'];
export type Tally = Schemas['TallyAnswer'];
export type Act = Schemas['Act'];
export type OwnedKey = Schemas['OwnedKey'];
export type Drain = Schemas['DrainAnswer'];
export type Announcement = Schemas['Announcement'];
export type Level = Schemas['Level'];
export type Policy = Required<Schemas['SafetyPolicy']>;
export type Rule = Schemas['SafetyRule'];
export type Breakdown = 'user' | 'key' | 'model';

/** Everything that was read for administrators. */
export const ADMIN = 'admin';
/** How often what changes by itself is read again. */
export const LIVE_MS = 2000;

const id = encodeURIComponent;
type Signal = AbortSignal | undefined;

export const readFigures = (api: Api, signal?: Signal): Promise<Figures> => api.ask('/v1/admin/figures?hours=24', { signal });
export const readTallies = (api: Api, by: Breakdown, hours: number, signal?: Signal): Promise<Tally[]> => api.ask(`/v1/admin/figures/${by}?hours=${hours}`, { signal });
/** `since` is a day of UTC, as 2026-01-31. */
export const readUsage = (api: Api, since: string, signal?: Signal): Promise<Day[]> => api.ask(`/v1/admin/usage?since=${since}T00:00:00Z`, { signal });

export const readQueue = (api: Api, signal?: Signal): Promise<Schemas['QueueAnswer']> => api.ask('/v1/admin/queue?limit=100', { signal });
export const cancelAnybodys = (api: Api, job: string): Promise<unknown> => api.ask(`/v1/admin/jobs/${id(job)}/cancel`, { method: 'POST' });
export const pauseQueue = (api: Api, isPaused: boolean): Promise<unknown> => api.ask('/v1/admin/queue/paused', { method: 'PUT', body: { is_paused: isPaused } });

export const readDrains = (api: Api, signal?: Signal): Promise<Drain[]> => api.ask('/v1/admin/drains', { signal });
export const drain = (api: Api, model: string): Promise<unknown> => api.ask(`/v1/admin/drains/${id(model)}`, { method: 'PUT' });
export const undrain = (api: Api, model: string): Promise<unknown> => api.ask(`/v1/admin/drains/${id(model)}`, { method: 'DELETE' });

export const readAnnouncement = (api: Api, signal?: Signal): Promise<Announcement | null> => api.ask('/v1/announcement', { signal });
export const announceToAll = (api: Api, body: Schemas['AnnouncementBody']): Promise<unknown> => api.ask('/v1/admin/announcement', { method: 'PUT', body });
export const withdrawAnnouncement = (api: Api): Promise<unknown> => api.ask('/v1/admin/announcement', { method: 'DELETE' });

export const listUsers = (api: Api, after: string | null, signal?: Signal): Promise<Schemas['UserList']> =>
  api.ask(`/v1/users?limit=50${after === null ? '' : `&after=${id(after)}`}`, { signal });
/** As many as the gateway takes at once are asked for; who is gone is not among the answer. */
export const usersOf = (api: Api, ids: readonly string[], signal?: Signal): Promise<Schemas['UserList']> =>
  api.ask(`/v1/users?limit=100&${new URLSearchParams(ids.map((one) => ['id', one])).toString()}`, { signal });
export const changeUser = (api: Api, user: string, body: Partial<UserBody>): Promise<User> => api.ask(`/v1/users/${id(user)}`, { method: 'PATCH', body });
export const readUserQuota = (api: Api, user: string, signal?: Signal): Promise<Schemas['Quota']> => api.ask(`/v1/users/${id(user)}/quota`, { signal });
export const resetPassword = (api: Api, user: string): Promise<Schemas['OneTimeToken']> => api.ask(`/v1/users/${id(user)}/reset-password`, { method: 'POST' });
export const invite = (api: Api, body: Schemas['InvitationBody']): Promise<Schemas['OneTimeToken']> => api.ask('/v1/invitations', { method: 'POST', body });

export const listAllKeys = (api: Api, after: string | null, signal?: Signal): Promise<Schemas['KeyList']> =>
  api.ask(`/v1/admin/keys?limit=50${after === null ? '' : `&after=${id(after)}`}`, { signal });
export const revokeAnybodys = (api: Api, key: string): Promise<unknown> => api.ask(`/v1/admin/keys/${id(key)}`, { method: 'DELETE' });

export const readSafety = (api: Api, signal?: Signal): Promise<Schemas['Safety']> => api.ask('/v1/safety', { signal });
export const readPolicy = (api: Api, role: Role, signal?: Signal): Promise<Policy> => api.ask(`/v1/roles/${role}/safety`, { signal });
export const setPolicy = (api: Api, role: Role, body: Policy): Promise<Policy> => api.ask(`/v1/roles/${role}/safety`, { method: 'PUT', body });
export const listRules = (api: Api, signal?: Signal): Promise<Rule[]> => api.ask('/v1/safety/rules', { signal });
export const addRule = (api: Api, body: Schemas['RuleBody']): Promise<Rule> => api.ask('/v1/safety/rules', { method: 'POST', body });
export const removeRule = (api: Api, rule: string): Promise<unknown> => api.ask(`/v1/safety/rules/${id(rule)}`, { method: 'DELETE' });
/** Which rule a prompt would match; nothing is made. */
export const matchRules = (api: Api, text: string): Promise<Schemas['Matched']> => api.ask('/v1/safety/rules/match', { method: 'POST', body: { text } });

export const readAudit = (api: Api, cursor: string | null, signal?: Signal): Promise<Schemas['ActList']> =>
  api.ask(`/v1/audit?limit=50${cursor === null ? '' : `&cursor=${id(cursor)}`}`, { signal });
export const auditFile = (api: Api): Promise<Blob> => api.file('/v1/audit/export');
