import { describe, expect, it } from 'vitest';
import { beginnings, fragmentAt, hasWords, insertAt, toggleWords } from '@/features/create/model/completion';
import { fitToModel, isParameters, qualityOf, stepsOf, toSpec, withQuality } from '@/features/create/model/parameters';
import { fitShape, RATIOS, shapeOf, SHAPES, SIZES } from '@/features/create/model/shapes';
import { missingOf, previewOf, valuesOf } from '@/features/create/model/templates';
import { chunksOf } from '@/features/create/model/chunks';
import { changeWeight } from '@/features/create/model/weights';
import { makeModel, makeParameters, makeTemplate } from '@/test-factories';

describe('weights', () => {
  it('weigh the word at the cursor', () => {
    expect(changeWeight('a red apple', 4, 4, 1)).toEqual({ text: 'a (red:1.1) apple', start: 3, end: 6 });
  });
  it('grow and shrink in steps, and lose their brackets at 1', () => {
    const once = changeWeight('a red apple', 4, 4, 1);
    const twice = once && changeWeight(once.text, once.start, once.end, 1);
    expect(twice?.text).toBe('a (red:1.2) apple');
    const back = twice && changeWeight(twice.text, twice.start, twice.end, -1);
    expect(back && changeWeight(back.text, back.start, back.end, -1)?.text).toBe('a red apple');
  });
  it('take a selection without the spaces around it', () => {
    expect(changeWeight('a red apple here', 1, 12, -1)?.text).toBe('a (red apple:0.9) here');
  });
  it('stay between 0 and 2', () => {
    expect(changeWeight('(x:2)', 2, 2, 1)?.text).toBe('(x:2)');
    expect(changeWeight('(x:0)', 2, 2, -1)?.text).toBe('(x:0)');
  });
  it('do nothing where there is no word', () => {
    expect(changeWeight('a,  b', 3, 3, 1)).toBeNull();
  });
});

const typedAt = (text: string) => {
  const fragment = fragmentAt(text, text.length);
  return fragment && beginnings(fragment).map(({ typed }) => typed);
};

describe('completion', () => {
  it('looks for the whole of what is typed, then for its last word', () => {
    expect(typedAt('a cat, gol')).toEqual(['gol']);
    expect(typedAt('a cat in gold')).toEqual(['a cat in gold', 'gold']);
  });
  it('is silent for one letter and in the middle of a word', () => {
    expect(typedAt('g')).toEqual([]);
    expect(fragmentAt('golden', 3)).toBeNull();
  });
  it('puts the words in place of what was typed', () => {
    expect(insertAt('a cat, gol, 4k', 7, 10, 'golden hour')).toEqual({ text: 'a cat, golden hour, 4k', cursor: 20 });
  });
  it('adds and takes out words by a tap', () => {
    expect(toggleWords('a cat, ', '4k')).toBe('a cat, 4k');
    expect(toggleWords('', '4k')).toBe('4k');
    expect(toggleWords('a cat, 4k', '4k')).toBe('a cat');
    expect(hasWords('a 4k cat', '4k')).toBe(false);
  });
});

describe('templates', () => {
  const template = makeTemplate();
  it('stand on their defaults and on a choice’s first option', () => {
    expect(valuesOf(template, { subject: 'old  sailor' })).toEqual({ color: 'red', subject: 'old sailor', share: 0.5 });
  });
  it('know what is missing, and show the rest', () => {
    expect(missingOf(template, valuesOf(template, { subject: ' ' }))).toEqual(['subject']);
    expect(previewOf(template, valuesOf(template, {}))).toBe('a red {subject}, 0.5');
  });
});

describe('chunks', () => {
  const text = (field: string, tokens: number, chunks: number[], marks: number[]) => ({ field, text: 'a red apple, a blue fish', tokens, chunks, marks });
  it('are those of the prompt’s longest text, each with the words it begins at', () => {
    const texts = [text('negative_prompt', 90, [75, 15], [5]), text('prompt', 8, [8], []), text('prompt', 9, [4, 5], [12])];
    expect(chunksOf({ texts })).toEqual({
      tokens: 9,
      chunks: [
        { tokens: 4, begins: 'a red apple, a blue fish' },
        { tokens: 5, begins: 'a blue fish' },
      ],
    });
  });
});

describe('shapes', () => {
  const limits = { default_size: '512x512', min_size: 64, max_size: 768, size_multiple: 8 };
  it('keep the ratio and obey the model', () => {
    for (const shape of SHAPES)
      for (const size of SIZES) {
        const { width, height } = fitShape(shape, size, limits);
        expect(width % 8 + height % 8).toBe(0);
        expect(Math.max(width, height)).toBeLessThanOrEqual(768);
        const [across, down] = RATIOS[shape];
        expect(Math.abs(width / height - across / down)).toBeLessThan(0.06);
      }
  });
  it('are recognised again', () => {
    const { width, height } = fitShape('tall', 'medium', limits);
    expect(shapeOf(width, height, limits)).toEqual({ shape: 'tall', size: 'medium' });
    expect(shapeOf(80, 96, limits)).toBeNull();
  });
});

describe('parameters', () => {
  const model = makeModel();
  it('know their preset until something is set by hand', () => {
    const best = withQuality(makeParameters(), 'best', model.capabilities);
    expect(best.steps).toBe(stepsOf('best', model.capabilities));
    expect(qualityOf(best, model.capabilities)).toBe('best');
    expect(qualityOf({ ...best, guidance: 3 }, model.capabilities)).toBeNull();
  });
  it('are brought within what the model can do', () => {
    const wild = makeParameters({ width: 9999, height: 3, steps: 1e6, count: 99, sampler: 'nonsense' });
    expect(fitToModel(wild, model)).toMatchObject({
      width: model.capabilities.max_size,
      height: model.capabilities.min_size,
      steps: model.capabilities.max_steps,
      sampler: model.capabilities.default_sampler,
    });
  });
  it('get a sampler that the model can run', () => {
    const flow = makeModel({ samplers: ['flow_euler'], default_sampler: 'flow_euler' });
    expect(fitToModel(makeParameters({ sampler: 'euler' }), flow).sampler).toBe('flow_euler');
    const usual = makeModel({ samplers: ['euler', 'ddim'] });
    expect(fitToModel(makeParameters({ sampler: 'flow_euler' }), usual).sampler).toBe('euler');
    expect(fitToModel(makeParameters({ sampler: 'ddim' }), usual).sampler).toBe('ddim');
  });
  it('send a seed only when it is locked', () => {
    expect(toSpec(makeParameters({ seed: 7, seedLocked: true })).seed).toBe(7);
    expect(toSpec(makeParameters({ seed: 7 })).seed).toBeNull();
  });
  it('from storage are checked', () => {
    expect(isParameters(makeParameters())).toBe(true);
    expect(isParameters({ ...makeParameters(), steps: 'many' })).toBe(false);
    expect(isParameters(null)).toBe(false);
  });
});
