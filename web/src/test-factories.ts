import type { Model } from '@/api/types';
import type { Template } from '@/api/prompts';
import type { Parameters } from '@/features/create/model/parameters';
import { SAMPLERS } from '@/features/create/model/samplers';

export function makeModel(changes: Partial<Model['capabilities']> = {}, id = 'avila-demo'): Model {
  return {
    id,
    object: 'model',
    created: 0,
    owned_by: 'avila',
    family: 'sd1',
    fingerprint: 'f00d',
    capabilities: {
      supports: ['text_to_image'],
      txt2img: true,
      img2img: false,
      inpaint: false,
      controlnet: [],
      lora: false,
      negative_prompt: true,
      prompt_weights: true,
      transparent: false,
      min_size: 64,
      max_size: 512,
      size_multiple: 16,
      max_pixels: 512 * 512,
      max_steps: 150,
      max_images: 10,
      max_prompt_chars: 8000,
      max_prompt_chunks: 8,
      max_clip_skip: 3,
      default_size: '128x128',
      default_steps: 20,
      default_guidance_scale: 5,
      samplers: SAMPLERS.map(({ key }) => key),
      default_sampler: 'euler',
      default_schedule: 'default',
      ...changes,
    },
  };
}

export function makeParameters(changes: Partial<Parameters> = {}): Parameters {
  return {
    model: 'avila-demo',
    prompt: 'a red apple',
    negativePrompt: '',
    width: 128,
    height: 128,
    steps: 20,
    guidance: 5,
    sampler: 'euler',
    schedule: 'default',
    seed: 42,
    seedLocked: false,
    count: 1,
    styles: [],
    loras: [],
    ...changes,
  };
}

export const makeTemplate = (): Template => ({
  name: 'icon',
  titles: { en: 'Icon', de: 'Symbol' },
  prompt: 'a {color} {subject}, {share}',
  negative_prompt: 'blurry',
  placeholders: [
    { name: 'color', type: 'choice', labels: { en: 'Colour' }, options: ['red', 'blue'] },
    { name: 'subject', type: 'text', labels: { en: 'Subject' } },
    { name: 'share', type: 'number', labels: {}, minimum: 0, maximum: 1, default: 0.5 },
  ].map((place) => ({ options: [], ...place })) as Template['placeholders'],
});
