import { MASK_CONTENTS, RESIZE_MODES, type ControlSpec, type GenerationSpec, type SourceSpec } from '@/api/types';
import { isRecord, isString } from '@/lib/storage';

/** What was asked for, from the fields that a job or a recipe has of it; those it lacks are zero or empty. */
export function specFrom(fields: Readonly<Record<string, unknown>>, model: string, count: number): GenerationSpec {
  const number = (key: string): number => (typeof fields[key] === 'number' ? fields[key] : 0);
  const text = (key: string): string => (isString(fields[key]) ? fields[key] : '');
  const source = sourceOf(fields);
  const controls = controlsOf(fields.controls);
  return {
    model,
    // In its styles and with its variants chosen: asked for again, it gives the same picture.
    prompt: text('prompt'),
    negativePrompt: text('negative_prompt'),
    width: number('width'),
    height: number('height'),
    steps: number('num_inference_steps'),
    guidance: number('guidance_scale'),
    sampler: text('sampler'),
    schedule: text('schedule'),
    seed: number('seed'),
    count,
    styles: [],
    loras: lorasOf(fields.loras),
    ...(source && { source }),
    ...(controls.length > 0 && { controls }),
  };
}

const lorasOf = (value: unknown): GenerationSpec['loras'] =>
  Array.isArray(value)
    ? value.filter(isRecord).flatMap(({ name, weight }) => (isString(name) ? [{ name, weight: typeof weight === 'number' ? weight : 1 }] : []))
    : [];

/** What led it: the maps themselves are asked of the job. */
const controlsOf = (value: unknown): ControlSpec[] =>
  Array.isArray(value)
    ? value.filter(isRecord).flatMap(({ model, image, weight, start, end }) =>
        isString(model)
          ? [{ model, image: isString(image) ? image : '', preprocessor: 'none', weight: numberOr(weight, 1), start: numberOr(start, 0), end: numberOr(end, 1) }]
          : [],
      )
    : [];

/** A job names its pictures in their fields, a recipe all together. */
function sourceOf(fields: Readonly<Record<string, unknown>>): SourceSpec | null {
  const named = isRecord(fields.sources) ? { ...fields.sources, ...fields } : fields;
  if (!isString(named.image)) return null;
  const mask = isString(named.mask) ? named.mask : null;
  return {
    image: named.image,
    strength: numberOr(fields.strength, DEFAULT_STRENGTH),
    resizeMode: RESIZE_MODES.find((mode) => mode === fields.resize_mode) ?? 'crop',
    mask: mask === null ? null : {
      image: mask,
      blur: numberOr(fields.mask_blur, 0),
      content: MASK_CONTENTS.find((content) => content === fields.mask_content) ?? 'original',
      isOnly: fields.only_masked === true,
      padding: numberOr(fields.only_masked_padding, 0),
    },
  };
}

const DEFAULT_STRENGTH = 0.75;
const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
