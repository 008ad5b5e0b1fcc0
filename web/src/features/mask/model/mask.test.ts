import { describe, expect, it } from 'vitest';
import { Mask, ON } from '@/features/mask/model/mask';
import { fill } from '@/features/mask/overlay';
import { fitted, nextBrush, toPicture, zoomed } from '@/features/mask/model/view';

const count = (mask: Mask) => mask.data.reduce((sum, value) => sum + (value === ON ? 1 : 0), 0);

describe('drawing', () => {
  it('fills a round brush, along its way', () => {
    const mask = new Mask(200, 100);
    const box = mask.brush({ x: 50, y: 50 }, { x: 150, y: 50 }, 10, true);
    expect(box).toEqual({ left: 40, top: 40, right: 160, bottom: 60 });
    expect(Math.abs(count(mask) - (100 * 20 + Math.PI * 100))).toBeLessThan(30);
    mask.brush({ x: 100, y: 50 }, { x: 100, y: 50 }, 10, false);
    expect(mask.data[50 * 200 + 100]).toBe(0);
  });
  it('stays inside the picture', () => {
    const mask = new Mask(70, 70);
    expect(mask.brush({ x: -500, y: 35 }, { x: 500, y: 35 }, 4, true)).toEqual({ left: 0, top: 31, right: 70, bottom: 39 });
    expect(count(mask)).toBe(70 * 8);
    expect(mask.rectangle({ left: -5, top: 60, right: 500, bottom: 500 }, true)).toEqual({ left: 0, top: 60, right: 70, bottom: 70 });
  });
  it('fills the inside of a lasso and leaves its hole', () => {
    const mask = new Mask(100, 100);
    mask.lasso([{ x: 10, y: 10 }, { x: 90, y: 10 }, { x: 90, y: 90 }, { x: 10, y: 90 }], true);
    expect(count(mask)).toBe(80 * 80);
    const star = new Mask(100, 100);
    const tips = Array.from({ length: 5 }, (_, tip) => tip * 2).map((tip) => ({ x: 50 + 45 * Math.sin((tip * 2 * Math.PI) / 5), y: 50 - 45 * Math.cos((tip * 2 * Math.PI) / 5) }));
    star.lasso(tips, true);
    expect(star.data[50 * 100 + 50]).toBe(0);
    expect(count(star)).toBeGreaterThan(1000);
  });
  it('inverts, and takes over a picture by its lightness', () => {
    const mask = new Mask(10, 10);
    mask.rectangle({ left: 0, top: 0, right: 5, bottom: 10 }, true);
    mask.invert();
    expect(count(mask)).toBe(50);
    expect(mask.data[9]).toBe(ON);
    mask.load(new Uint8Array(100).fill(200, 0, 30));
    expect(count(mask)).toBe(30);
  });
});

describe('undo', () => {
  it('takes back whole strokes and does them again, byte for byte', () => {
    const mask = new Mask(300, 200);
    const states = [mask.data.slice()];
    for (let stroke = 0; stroke < 6; stroke += 1) {
      for (let part = 0; part < 4; part += 1) {
        mask.brush({ x: stroke * 40 + part * 10, y: 30 * stroke }, { x: stroke * 40 + part * 10 + 10, y: 30 * stroke + 9 }, 12, stroke % 3 !== 2);
      }
      if (stroke === 4) mask.invert();
      expect(mask.commit()).toBe(true);
      expect(mask.share).toBe(count(mask) / mask.data.length);
      states.push(mask.data.slice());
    }
    for (let state = 5; state >= 0; state -= 1) {
      expect(mask.undo()).not.toBeNull();
      expect(Buffer.compare(mask.data, states[state] ?? new Uint8Array())).toBe(0);
    }
    expect(mask.undo()).toBeNull();
    expect(mask.share).toBe(0);
    for (let state = 1; state <= 6; state += 1) {
      mask.redo();
      expect(Buffer.compare(mask.data, states[state] ?? new Uint8Array())).toBe(0);
    }
    expect(mask.share).toBe(count(mask) / mask.data.length);
  });
  it('keeps fifty steps, forgets what was undone once something else is drawn, and counts no empty step', () => {
    const mask = new Mask(64, 64);
    for (let step = 0; step < 60; step += 1) {
      mask.rectangle({ left: step, top: 0, right: step + 1, bottom: 64 }, true);
      mask.commit();
    }
    let undone = 0;
    while (mask.undo()) undone += 1;
    expect(undone).toBe(50);
    mask.rectangle({ left: 0, top: 0, right: 64, bottom: 64 }, true);
    mask.commit();
    expect(mask.canRedo).toBe(false);
    mask.rectangle({ left: 0, top: 0, right: 64, bottom: 64 }, true);
    expect(mask.commit()).toBe(false);
  });
  it('drops a stroke that a second finger interrupts', () => {
    const mask = new Mask(100, 100);
    mask.brush({ x: 10, y: 10 }, { x: 90, y: 90 }, 8, true);
    mask.abandon();
    expect(mask.isEmpty).toBe(true);
    expect(mask.commit()).toBe(false);
  });
  it('costs half a megabyte a step at four megapixels, and a dab takes a fraction of a frame', () => {
    const mask = new Mask(2048, 2048);
    mask.brush({ x: 0, y: 0 }, { x: 8, y: 8 }, 64, true);
    const began = performance.now();
    for (let dab = 0; dab < 60; dab += 1) mask.brush({ x: dab * 30, y: dab * 30 }, { x: dab * 30 + 30, y: dab * 30 + 30 }, 64, true);
    expect((performance.now() - began) / 60).toBeLessThan(16);
  });
});

describe('what is shown of a mask', () => {
  it.each([
    { scale: 0.4, x: 3.5, y: -7 },
    { scale: 3, x: -20.25, y: 4 },
  ])('is, pixel for pixel of the screen, what lies under it at $scale', (view) => {
    const mask = new Mask(60, 40);
    mask.brush({ x: 10, y: 10 }, { x: 50, y: 30 }, 6, true);
    const area = { left: 2, top: 1, right: 42, bottom: 33 };
    const words = new Uint32Array(40 * 32);
    fill(words, mask, view, area);
    let set = 0;
    for (let v = area.top; v < area.bottom; v += 1) {
      for (let u = area.left; u < area.right; u += 1) {
        const at = toPicture(view, { x: u + 0.5, y: v + 0.5 });
        const isInside = at.x >= 0 && at.y >= 0 && at.x < 60 && at.y < 40;
        const expected = isInside && mask.data[Math.floor(at.y) * 60 + Math.floor(at.x)] === ON;
        expect(words[(v - area.top) * 40 + (u - area.left)] !== 0).toBe(expected);
        set += Number(expected);
      }
    }
    expect(set).toBeGreaterThan(10);
  });
  it('is nothing where the picture lies elsewhere', () => {
    const mask = new Mask(8, 8);
    mask.rectangle(mask.whole, true);
    for (const x of [-100, 100]) {
      const words = new Uint32Array(16);
      fill(words, mask, { scale: 1, x, y: 0 }, { left: 0, top: 0, right: 4, bottom: 4 });
      expect(words.every((word) => word === 0)).toBe(true);
    }
  });
});

describe('the view', () => {
  const picture = { width: 2000, height: 1000 };
  it('shows the whole picture, and zooms about a point', () => {
    const view = fitted(picture, { width: 532, height: 532 });
    expect(view).toEqual({ scale: 0.25, x: 16, y: 141 });
    const at = { x: 100, y: 200 };
    const before = toPicture(view, at);
    const after = toPicture(zoomed(view, 3, at, view.scale), at);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
  });
  it('steps through the brushes and stops at the ends', () => {
    expect(nextBrush(32, 1)).toBe(48);
    expect(nextBrush(40, -1)).toBe(32);
    expect(nextBrush(1, -1)).toBe(1);
    expect(nextBrush(512, 1)).toBe(512);
  });
});
