import { describe, expect, it } from 'vitest';
import { presetOf, PRESETS, withFigures } from '@/features/control/model/control';
import { BONES, JOINTS, mirrored, moved, standing, toggled } from '@/features/control/model/pose';

describe('how closely a map is followed', () => {
  it('has a word for the figures of each preset, and none for others', () => {
    for (const [name, figures] of Object.entries(PRESETS)) expect(presetOf(figures)).toBe(name);
    expect(presetOf({ ...PRESETS.strict, weight: 0.9 })).toBeNull();
  });
  it('never ends before it begins: what was not changed gives way', () => {
    expect(withFigures(PRESETS.loose, { start: 0.7 })).toEqual({ weight: 0.7, start: 0.7, end: 0.75 });
    expect(withFigures({ weight: 1, start: 0.4, end: 1 }, { end: 0.2 })).toEqual({ weight: 1, start: 0.15, end: 0.2 });
    expect(withFigures(PRESETS.strict, { weight: 0.3 })).toEqual({ weight: 0.3, start: 0, end: 1 });
  });
});

describe('a pose', () => {
  const pose = standing();
  it('stands within the picture, with every point at an end of some bone', () => {
    for (const joint of JOINTS) {
      const { x, y } = pose[joint] ?? { x: -1, y: -1 };
      expect([joint, x > 0 && x < 1 && y > 0 && y < 1]).toEqual([joint, true]);
      expect(BONES.flat()).toContain(joint);
    }
  });
  it('keeps its points within the picture', () => {
    expect(moved(pose, 'nose', { x: 1.4, y: -3 }).nose).toEqual({ x: 1, y: 0 });
    expect(moved(pose, 'nose', { x: 0.12345, y: 0.5 }).nose).toEqual({ x: 0.123, y: 0.5 });
  });
  it('loses a point and gets it back', () => {
    const without = toggled(pose, 'leftWrist');
    expect(without.leftWrist).toBeNull();
    expect(toggled(without, 'leftWrist')).toEqual(pose);
  });
  it('changes sides in a mirror: a raised right hand becomes a raised left one', () => {
    const raised = moved(pose, 'rightWrist', { x: 0.3, y: 0.05 });
    expect(mirrored(raised).leftWrist).toEqual({ x: 0.7, y: 0.05 });
    expect(mirrored(mirrored(raised))).toEqual(raised);
  });
});
