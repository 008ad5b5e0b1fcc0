import type { Capabilities, GenerationSpec, Model } from '@/api/types';
import { samplerOf } from '@/features/create/model/samplers';
import { fitShape, type Shape } from '@/features/create/model/shapes';
import { isRecord, isString } from '@/lib/storage';

/** Everything that the Create screen's controls hold. `seed` is used only while it is locked. */
export interface Parameters {
  model: string;
  prompt: string;
  negativePrompt: string;
  width: number;
  height: number;
  steps: number;
  guidance: number;
  sampler: string;
  schedule: string;
  seed: number;
  seedLocked: boolean;
  count: number;
  /** Names of the gateway's styles. */
  styles: string[];
  loras: { name: string; weight: number }[];
}

export const MAX_SEED = 2 ** 32 - 1;
/** Pictures of one press; more at once is a matter of the queue. */
export const COUNTS = [1, 2, 4] as const;
const MAX_COUNT = 4;

export const QUALITIES = ['fast', 'balanced', 'best'] as const;
export type Quality = (typeof QUALITIES)[number];
const STEP_FACTORS: Record<Quality, number> = { fast: 0.5, balanced: 1, best: 1.5 };

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

export function stepsOf(quality: Quality, capabilities: Capabilities): number {
  return clamp(Math.round(capabilities.default_steps * STEP_FACTORS[quality]), 1, capabilities.max_steps);
}

/** The preset that these values are, or null when something was set by hand. */
export function qualityOf(parameters: Parameters, capabilities: Capabilities): Quality | null {
  const { default_sampler: sampler, default_schedule: schedule, default_guidance_scale: guidance } = capabilities;
  const isDefault =
    parameters.sampler === sampler && parameters.schedule === schedule && parameters.guidance === guidance;
  if (!isDefault) return null;
  return QUALITIES.find((quality) => stepsOf(quality, capabilities) === parameters.steps) ?? null;
}

export function withQuality(parameters: Parameters, quality: Quality, capabilities: Capabilities): Parameters {
  return {
    ...parameters,
    steps: stepsOf(quality, capabilities),
    sampler: capabilities.default_sampler,
    schedule: capabilities.default_schedule,
    guidance: capabilities.default_guidance_scale,
  };
}

export function defaultsOf(model: Model): Parameters {
  const { capabilities } = model;
  const square: Shape = 'square';
  return {
    model: model.id,
    prompt: '',
    negativePrompt: '',
    ...fitShape(square, 'medium', capabilities),
    steps: capabilities.default_steps,
    guidance: capabilities.default_guidance_scale,
    sampler: capabilities.default_sampler,
    schedule: capabilities.default_schedule,
    seed: randomSeed(),
    seedLocked: false,
    count: 1,
    styles: [],
    loras: [],
  };
}

/** `parameters` within what `model` can do; what the model does not know becomes its default. */
export function fitToModel(parameters: Parameters, model: Model): Parameters {
  const { capabilities } = model;
  const side = (value: number): number => {
    const { min_size: low, max_size: high, size_multiple: multiple } = capabilities;
    return clamp(Math.round(value / multiple) * multiple, low, high);
  };
  const sampler = capabilities.samplers.includes(parameters.sampler) ? samplerOf(parameters.sampler) : undefined;
  const knowsSchedule = sampler?.schedules.includes(parameters.schedule) ?? false;
  return {
    ...parameters,
    model: model.id,
    width: side(parameters.width),
    height: side(parameters.height),
    steps: clamp(parameters.steps, 1, capabilities.max_steps),
    guidance: clamp(parameters.guidance, 0, MAX_GUIDANCE),
    count: clamp(parameters.count, 1, Math.min(MAX_COUNT, capabilities.max_images)),
    ...(knowsSchedule ? {} : { sampler: capabilities.default_sampler, schedule: capabilities.default_schedule }),
  };
}

export const MAX_GUIDANCE = 30;

export function toSpec(parameters: Parameters): GenerationSpec {
  const { seed, seedLocked, ...rest } = parameters;
  // A completion leaves a comma for the next word; it is no part of the wish.
  const tidy = (text: string) => text.trim().replace(/[,\s]+$/, '');
  return { ...rest, prompt: tidy(rest.prompt), negativePrompt: tidy(rest.negativePrompt), seed: seedLocked ? seed : null };
}

/** For what an earlier visit left in the browser's storage. */
export function isParameters(value: unknown): value is Parameters {
  if (!isRecord(value)) return false;
  const texts = ['model', 'prompt', 'negativePrompt', 'sampler', 'schedule'];
  const numbers = ['width', 'height', 'steps', 'guidance', 'seed', 'count'];
  return (
    texts.every((key) => isString(value[key])) &&
    numbers.every((key) => typeof value[key] === 'number' && Number.isFinite(value[key])) &&
    typeof value.seedLocked === 'boolean' &&
    Array.isArray(value.styles) &&
    value.styles.every(isString) &&
    Array.isArray(value.loras) &&
    value.loras.every((lora: unknown) => isRecord(lora) && isString(lora.name) && typeof lora.weight === 'number')
  );
}
