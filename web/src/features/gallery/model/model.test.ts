import { describe, expect, it } from 'vitest';
import { fieldOf, hasFlag, withField, withFlag } from '@/features/gallery/model/search-line';
import { layoutOf, moved, rowsIn } from '@/features/gallery/model/window';

describe('the search line', () => {
  it('reads what a filter says', () => {
    expect(fieldOf('cat model:avila-demo', 'model')).toBe('avila-demo');
    expect(fieldOf('album:"sunny days" cat', 'album')).toBe('sunny days');
    expect(fieldOf('rating:>=4', 'rating')).toBe('4');
    expect(fieldOf('cat -dog', 'model')).toBeNull();
  });
  it('sets, replaces and removes a filter, and leaves the rest as it was written', () => {
    expect(withField('"red apple" -pear', 'model', 'x')).toBe('"red apple" -pear model:x');
    expect(withField('model:x cat', 'model', 'y')).toBe('cat model:y');
    expect(withField('model:x cat', 'model', null)).toBe('cat');
    expect(withField('', 'tag', 'two words')).toBe('tag:"two words"');
    expect(withField('', 'rating', '3', '>=')).toBe('rating:>=3');
  });
  it('keeps flags apart from each other', () => {
    expect(withFlag('is:favourite', 'trashed', true)).toBe('is:favourite is:trashed');
    expect(withFlag('is:favourite is:trashed cat', 'favourite', false)).toBe('is:trashed cat');
    expect(hasFlag('cat is:favourite', 'favourite')).toBe(true);
    expect(hasFlag('favourite', 'favourite')).toBe(false);
  });
});

describe('the window of the grid', () => {
  const layout = layoutOf(1000, 176, 12);
  it('fits as many columns as there is room for, and never fewer than two', () => {
    expect(layout).toEqual({ columns: 5, rowHeight: 202.4 });
    expect(layoutOf(150, 176, 12).columns).toBe(2);
  });
  it('holds a screen of a hundred thousand pictures, wherever it stands', () => {
    const height = 900;
    const total = Math.ceil(100_000 / layout.columns) * layout.rowHeight;
    for (const top of [-200, 0, 5_000, 2_000_000, total - height]) {
      const rows = rowsIn(100_000, layout, top, height);
      expect(rows.last - rows.first).toBeLessThanOrEqual(12 * layout.columns);
      expect(rows.before + rows.after + (Math.ceil((rows.last - rows.first) / layout.columns) * layout.rowHeight)).toBeCloseTo(total);
      if (top >= 0) expect(rows.before).toBeLessThanOrEqual(top);
    }
    expect(rowsIn(100_000, layout, total - height, height).last).toBe(100_000);
  });
  it('is empty for nothing', () => {
    expect(rowsIn(0, layout, 0, 900)).toEqual({ first: 0, last: 0, before: 0, after: 0 });
  });
  it('moves by keys and stays inside', () => {
    expect(moved(0, 'ArrowDown', 12, 5)).toBe(5);
    expect(moved(9, 'ArrowDown', 12, 5)).toBe(9);
    expect(moved(0, 'ArrowLeft', 12, 5)).toBe(0);
    expect(moved(3, 'End', 12, 5)).toBe(11);
    expect(moved(3, 'PageDown', 12, 5)).toBe(11);
    expect(moved(3, 'x', 12, 5)).toBeNull();
  });
});
