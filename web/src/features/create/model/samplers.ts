import samplers from '@/api/samplers.json';

export interface Sampler {
  key: string;
  name: string;
  schedules: string[];
  default_schedule: string;
}

export const SAMPLERS: readonly Sampler[] = samplers;

/** Those that a model's network can run. */
export const samplersOf = (keys: readonly string[]): Sampler[] => SAMPLERS.filter(({ key }) => keys.includes(key));

export const samplerOf = (key: string): Sampler | undefined => SAMPLERS.find((sampler) => sampler.key === key);

export const samplerName = (key: string): string => samplerOf(key)?.name ?? key;

const SCHEDULE_NAMES: Record<string, string> = {
  sgm_uniform: 'SGM Uniform',
  align_your_steps: 'Align Your Steps',
  align_your_steps_sdxl: 'Align Your Steps (SDXL)',
  kl_optimal: 'KL Optimal',
};

/** Schedules are known by their English names in every language, as samplers are. */
export function scheduleName(key: string): string {
  return SCHEDULE_NAMES[key] ?? key.charAt(0).toUpperCase() + key.slice(1).replaceAll('_', ' ');
}
