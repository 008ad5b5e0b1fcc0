import { describe, expect, it } from 'vitest';
import { complete, fragmentAt, hasWords, insertAt, suggestionsOf, toggleWords, type WordKey } from '@/features/create/model/completion';
import { fitToModel, isParameters, qualityOf, stepsOf, toSpec, withQuality } from '@/features/create/model/parameters';
import { fitShape, RATIOS, shapeOf, SHAPES, SIZES } from '@/features/create/model/shapes';
import { fillTemplate, TEMPLATES } from '@/features/create/model/templates';
import { changeWeight } from '@/features/create/model/weights';
import { makeModel, makeParameters } from '@/test-factories';

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

const PORTUGUESE: Partial<Record<WordKey, string>> = { goldenHour: 'pôr do sol', macro: 'macro' };
const ALL = suggestionsOf((key) => PORTUGUESE[key] ?? `label ${key}`);
const texts = (typed: string) => {
  const fragment = fragmentAt(typed, typed.length);
  return (fragment && complete(fragment, ALL)?.found.map(({ text }) => text)) ?? [];
};

describe('completion', () => {
  it('finds by the first letters of any word, the beginning first', () => {
    expect(texts('a cat, gol')).toEqual(['golden hour']);
    expect(texts('lig')).toEqual(['studio lighting']);
    expect(texts('po')).toEqual(['portrait', 'golden hour']);
  });
  it('finds the English words for a Portuguese wish, with or without accents', () => {
    expect(texts('pôr d')).toEqual(['golden hour']);
    expect(texts('por do s')).toEqual(['golden hour']);
  });
  it('looks at the last word when the whole fragment fits nothing', () => {
    expect(texts('a cat in gold')).toEqual(['golden hour']);
  });
  it('is silent for one letter, in the middle of a word, and for words typed in full', () => {
    expect(texts('g')).toEqual([]);
    expect(texts('golden hour')).toEqual([]);
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
  it('are the three of the proposal, filled', () => {
    expect(TEMPLATES.map((template) => fillTemplate(template, ' old  sailor '))).toEqual([
      'professional portrait of a old sailor, studio lighting, 85mm lens, f/1.4, sharp focus, 4k',
      'breathtaking landscape of old sailor, golden hour, dramatic clouds, ultra wide angle, 4k',
      'old sailor on white background, studio lighting, commercial photography, 4k',
    ]);
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
