import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { visit, type Visit } from '../browser';

const folder = process.env.AVILA_MEASURES ?? '';

/** Leaves figures for `python -m benchmarks.page`, which writes the report. */
export function record(name: string, figures: object): void {
  if (folder === '') throw new Error('AVILA_MEASURES names no folder; run these through `make bench-page`');
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(figures));
}

/** As the administrator of the benchmark's service, by cookies. */
export async function signedInPerson(browser: Browser, options: Parameters<typeof visit>[1]): Promise<Visit> {
  const visited = await visit(browser, options);
  await visited.page.getByLabel('E-mail').fill(process.env.AVILA_E2E_EMAIL ?? '');
  await visited.page.getByLabel('Password', { exact: true }).fill(process.env.AVILA_E2E_PASSWORD ?? '');
  await visited.page.keyboard.press('Enter');
  await visited.page.locator('main textarea').first().waitFor();
  return visited;
}

export interface Frames {
  /** Milliseconds between one frame and the next, in their order. */
  intervals: number[];
  /** The main thread's work, in milliseconds a frame. */
  workPerFrame: number;
  /** Tasks of more than 50 ms, their lengths. */
  longTasks: number[];
}

const work = async (session: CDPSession): Promise<number> => {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
};

/** Every frame of the page while `act` goes on. */
export async function framesOf(page: Page, act: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.evaluate(() => {
    const state = { at: [] as number[], tasks: [] as number[], isOn: true };
    Object.assign(globalThis, { frames: state });
    const observer = new PerformanceObserver((list) => state.tasks.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: 'longtask' });
    const tick = (now: number) => {
      state.at.push(now);
      if (state.isOn) requestAnimationFrame(tick);
      else observer.disconnect();
    };
    requestAnimationFrame(tick);
  });
  const before = await work(session);
  await act();
  const after = await work(session);
  const { at, tasks } = await page.evaluate(() => {
    const state = (globalThis as unknown as { frames: { at: number[]; tasks: number[]; isOn: boolean } }).frames;
    state.isOn = false;
    return state;
  });
  await session.detach();
  const intervals = at.slice(1).map((time, index) => time - (at[index] ?? time));
  return { intervals, workPerFrame: (after - before) / Math.max(1, intervals.length), longTasks: tasks };
}

export const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
