import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { i18n as I18n } from 'i18next';
import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/errors';
import { App } from '@/app';
import { SAMPLERS, scheduleName } from '@/features/create/model/samplers';
import { changeLanguage, makeI18n } from '@/lib/i18n';
import extras from '@/lib/i18n/locales/extras.en.json';
import places from '@/lib/i18n/locales/places.en.json';
import { GOOD_KEY, makeDoneJob, makeJob, PlayedApi } from '@/test-api';
import { makeModel } from '@/test-factories';

function open(api: PlayedApi, path = '/', i18n: I18n = makeI18n()) {
  window.history.pushState({}, '', path);
  render(<App api={api} i18n={i18n} />);
  return userEvent.setup({ delay: null });
}
const prompt = () => screen.findByRole('textbox', { name: 'Prompt' });
const said = () => screen.getByTestId('announcement').textContent;

async function running(api: PlayedApi) {
  const user = open(api);
  await user.type(await prompt(), 'a red apple');
  await user.keyboard('{Control>}{Enter}{/Control}');
  await waitFor(() => expect(api.played).toHaveLength(1));
  return user;
}

describe('signing in and out', () => {
  it('refuses a wrong password in words and lets a right one in', async () => {
    const user = open(new PlayedApi(false));
    await user.type(await screen.findByLabelText('E-mail'), 'ana@example.org');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(screen.getByRole('alert').textContent).toBe('Please fill in every field.');
    await user.type(screen.getByLabelText('Password'), 'wrong{Enter}');
    expect((await screen.findByText('The e-mail address or the password is not right.')).role).toBe('alert');
    await user.clear(screen.getByLabelText('Password'));
    await user.type(screen.getByLabelText('Password'), `${GOOD_KEY}{Enter}`);
    expect(await prompt()).toBeTruthy();
  });

  it('makes the first administrator with the token of the address, and takes it out of the address', async () => {
    const api = new PlayedApi(false);
    api.needsSetUp = true;
    const user = open(api, '/#setup=abc');
    await user.type(await screen.findByLabelText('E-mail'), 'ana@example.org');
    await user.type(screen.getByLabelText('New password'), 'short{Enter}');
    expect(screen.getByRole('alert').textContent).toBe('The password needs at least 10 characters.');
    await user.type(screen.getByLabelText('New password'), 'er than before{Enter}');
    await prompt();
    expect(api.firsts).toEqual([{ token: 'abc', email: 'ana@example.org', password: 'shorter than before' }]);
    expect(window.location.hash).toBe('');
  });

  it('refuses a wrong key in words and lets a right one in', async () => {
    const user = open(new PlayedApi(false));
    await user.click(await screen.findByRole('button', { name: 'Use an API key instead' }));
    const field = await screen.findByLabelText('API key');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(screen.getByText('Please enter your API key.')).toBeTruthy();
    await user.type(field, 'av_bad{Enter}');
    expect(await screen.findByText(/This key is not valid/)).toBeTruthy();
    await user.clear(field);
    await user.type(field, `${GOOD_KEY}{Enter}`);
    expect(await prompt()).toBeTruthy();
  });

  it('shows the sign-in at once and keeps nothing of the reader', async () => {
    localStorage.setItem('avila.draft', '{"prompt":"private"}');
    const user = open(new PlayedApi(), '/settings');
    await user.click(await screen.findByRole('button', { name: 'Sign out' }));
    expect(await screen.findByLabelText('E-mail')).toBeTruthy();
    expect(localStorage.getItem('avila.draft')).toBeNull();
  });
});

describe('Create', () => {
  it('generates by Ctrl+Enter, shows the preview, then the picture in its place, and says so', async () => {
    const api = new PlayedApi();
    await running(api);
    expect(api.last.job.spec).toMatchObject({ prompt: 'a red apple', seed: null, count: 1, steps: 20 });
    act(() => api.last.tell({ type: 'progress', image: 0, fraction: 0.5 }));
    expect(screen.getByText('Drawing … 50%')).toBeTruthy();
    expect(said()).toBe('50% done');
    expect(document.title).toBe('50% · Avila Diffusion');
    act(() => api.last.succeed());
    expect(await screen.findByRole('button', { name: 'Open picture 1: a red apple' })).toBeTruthy();
    await waitFor(() => expect(said()).toBe('The picture is ready'));
  });

  it('does not start without a prompt, and says why', async () => {
    const api = new PlayedApi();
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: /Generate/ }));
    expect(api.played).toHaveLength(0);
    expect(said()).toBe('Write a prompt first.');
  });

  it('cancels on the second Escape, not on the first', async () => {
    const api = new PlayedApi();
    const user = await running(api);
    await user.keyboard('{Escape}');
    expect(screen.getAllByText('Press Esc again to cancel')).toHaveLength(2);
    expect(api.last.cancelled).toBe(false);
    await user.keyboard('{Escape}');
    expect(api.last.cancelled).toBe(true);
    expect(await screen.findByRole('heading', { name: 'Cancelled' })).toBeTruthy();
  });

  it('counts no Escape that closes a dialogue or belongs to an input method', async () => {
    const api = new PlayedApi();
    const user = await running(api);
    await user.click(screen.getByRole('button', { name: 'Keyboard shortcuts' }));
    await screen.findByRole('dialog');
    await user.keyboard('{Escape}{Escape}');
    fireEvent.keyDown(document.body, { key: 'Escape', isComposing: true });
    fireEvent.keyDown(document.body, { key: 'Escape', isComposing: true });
    expect(api.last.cancelled).toBe(false);
  });

  it('shows a failure by its code, with what the server said of the field', async () => {
    const api = new PlayedApi();
    await running(api);
    act(() => api.last.end('failed', new ApiError('invalid_value', 'width: 3 was given', 200, 'width')));
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByText('The server did not accept one of the values.')).toBeTruthy();
    expect(within(alert).getByText('width: 3 was given')).toBeTruthy();
  });

  it('completes what is typed with Tab', async () => {
    const user = open(new PlayedApi());
    const field = await prompt();
    await user.type(field, 'a cat, gol');
    expect(await screen.findByRole('option', { name: /golden hour/ })).toBeTruthy();
    await user.keyboard('{Tab}');
    expect(field).toHaveProperty('value', 'a cat, golden hour, ');
  });

  it('weighs the word at the cursor with Ctrl+Up', async () => {
    const user = open(new PlayedApi());
    const field = await prompt();
    await user.type(field, 'a red apple{Control>}{ArrowUp}{ArrowUp}{/Control}');
    expect(field).toHaveProperty('value', 'a red (apple:1.2)');
  });

  it('fills a template’s places, each of its kind', async () => {
    const api = new PlayedApi();
    api.answers.set('POST /v1/prompts/templates/icon/fill', { prompt: 'a blue boat, 0.5', negative_prompt: 'blurry', warnings: [] });
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'Templates' }));
    const dialog = await screen.findByRole('dialog');
    await user.selectOptions(await within(dialog).findByLabelText('Colour'), 'blue');
    await user.click(within(dialog).getByRole('button', { name: 'Use it' }));
    expect(within(dialog).getByText('Please fill this in.')).toBeTruthy();
    await user.type(within(dialog).getByLabelText('Subject'), 'boat');
    expect(within(dialog).getByText('a blue boat, 0.5')).toBeTruthy();
    await user.click(within(dialog).getByRole('button', { name: 'Use it' }));
    await waitFor(async () => expect(await prompt()).toHaveProperty('value', 'a blue boat, 0.5'));
    expect(api.asked.find(({ what }) => what.startsWith('POST /v1/prompts/templates'))?.body).toEqual({ values: { color: 'blue', subject: 'boat', share: 0.5 } });
    expect(screen.getByRole('textbox', { name: 'Without' })).toHaveProperty('value', 'blurry');
  });

  it('puts styles and LoRAs with their weights into the request', async () => {
    const api = new PlayedApi();
    api.list = [makeModel({ lora: true })];
    const user = open(api);
    await user.type(await prompt(), 'a boat');
    expect(await screen.findByText('2 tokens of 22')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Styles' }));
    await user.click(await screen.findByRole('checkbox', { name: 'Sketch' }));
    await user.click(await screen.findByRole('checkbox', { name: 'blob' }));
    await user.click(screen.getByRole('checkbox', { name: 'blob style' }));
    const weight = screen.getByRole('textbox', { name: 'Weight of blob' });
    await user.clear(weight);
    await user.type(weight, '0.8');
    await user.click(screen.getByRole('button', { name: /Generate/ }));
    await waitFor(() => expect(api.played).toHaveLength(1));
    expect(api.last.job.spec).toMatchObject({ prompt: 'a boat, blob style', styles: ['sketch'], loras: [{ name: 'blob', weight: 0.8 }] });
  });

  it('takes one fact of a picture over, and nothing else', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('a', { steps: 31, width: 256 })];
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: '31' }));
    await user.click(screen.getByRole('button', { name: 'Advanced' }));
    const [steps] = await screen.findAllByRole('textbox', { name: 'Steps' });
    expect(steps).toHaveProperty('value', '31');
    expect(screen.getByRole('textbox', { name: 'Width' })).toHaveProperty('value', '128 px');
  });

  it('sends what the controls say, and takes a picture’s settings back', async () => {
    const api = new PlayedApi();
    const user = open(api);
    await user.type(await prompt(), 'x');
    await user.click(screen.getByRole('radio', { name: 'Wide' }));
    await user.click(screen.getByRole('radio', { name: 'Best' }));
    await user.click(screen.getByRole('radio', { name: '2' }));
    await user.click(screen.getByRole('button', { name: /Generate/ }));
    await waitFor(() => expect(api.played).toHaveLength(1));
    expect(api.last.job.spec).toMatchObject({ width: 176, height: 96, steps: 30, count: 2 });
    act(() => api.last.succeed(100));
    await user.click(await screen.findByRole('button', { name: 'Open picture 2: x' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(await within(dialog).findByRole('button', { name: 'Use again' }));
    await user.click(await screen.findByRole('menuitem', { name: 'All settings and the seed' }));
    expect(screen.getByRole('textbox', { name: 'Seed' })).toHaveProperty('value', '101');
    await user.click(await screen.findByRole('button', { name: /Generate/ }));
    await waitFor(() => expect(api.played).toHaveLength(2));
    expect(api.last.job.spec).toMatchObject({ width: 176, height: 96, steps: 30, count: 1, seed: 101 });
  });

  it('says when no model is installed', async () => {
    const api = new PlayedApi();
    api.list = [];
    open(api);
    expect(await screen.findByRole('heading', { name: 'No model is installed' })).toBeTruthy();
  });

  it('keeps the draft for the next visit', async () => {
    const user = open(new PlayedApi());
    await user.type(await prompt(), 'a lost thought');
    await waitFor(() => expect(localStorage.getItem('avila.draft')).toContain('a lost thought'), { timeout: 2000 });
  });
});

describe('keys', () => {
  it('are listed, can be chosen anew unless another shortcut has them, and go back', async () => {
    const api = new PlayedApi();
    const user = open(api);
    await user.type(await prompt(), 'x');
    await user.click(screen.getByRole('button', { name: 'Keyboard shortcuts' }));
    const change = await screen.findByRole('button', { name: 'Change: Generate' });
    await user.click(change);
    await user.keyboard('{Control>}s{/Control}');
    expect((await screen.findByRole('alert')).textContent).toBe('These keys are taken: Download the picture that is open or has the focus');
    await user.keyboard('{Control>}m{/Control}');
    await user.click(screen.getByRole('button', { name: 'Close' }));
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(api.played).toHaveLength(0);
    await user.keyboard('{Control>}m{/Control}');
    await waitFor(() => expect(api.played).toHaveLength(1));
    await user.click(screen.getByRole('button', { name: 'Keyboard shortcuts' }));
    await user.click(await screen.findByRole('button', { name: 'Back to the usual keys' }));
    expect(localStorage.getItem('avila.keys')).toBe('{}');
  });
});

describe('languages', () => {
  it('change at once and for the next visit', async () => {
    const user = open(new PlayedApi());
    await prompt();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Language' }), 'Deutsch');
    expect(await screen.findByRole('button', { name: /Erzeugen/ })).toBeTruthy();
    expect(document.documentElement.lang).toBe('de');
    expect(localStorage.getItem('avila.language')).toBe('"de"');
  });
});

/** Every letter of a translated text becomes another one; what is left in plain letters was never translated. */
const pseudo = (value: unknown): unknown =>
  typeof value === 'string'
    ? value.replace(/{{\w+}}|[a-zA-Z]/g, (part) => (part.startsWith('{') ? part : 'Ж'))
    : Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, pseudo(inner)]));

async function pseudoI18n(): Promise<I18n> {
  const i18n = makeI18n();
  i18n.addResourceBundle('pseudo', 'translation', pseudo(i18n.getResourceBundle('en', 'translation')));
  i18n.addResourceBundle('pseudo', 'places', pseudo({ ...places, ...extras }));
  await i18n.changeLanguage('pseudo');
  return i18n;
}

/** Names that are the same in every language; and the words for the prompt are English. */
const NAMES = [/^(English|Português \(Portugal\)|Português \(Brasil\)|Français|Deutsch)$/, /^Ctrl( ↵)?$|^Enter$|^Esc$|^Tab$|^[A-Z]$/, /^(avila-demo|other)$/, /^av_/];
const ENGLISH = new Set(['golden hour', 'cat', 'Sketch', 'a sketch of {prompt}']);
const isPlain = (text: string) => /[a-zA-Z]/.test(text) && !ENGLISH.has(text) && !NAMES.some((name) => name.test(text.trim()));

function literals(root: Element): string[] {
  const found: string[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement?.closest('style, script, [lang=en]:not(html)') === null) found.push(node.textContent ?? '');
  }
  for (const element of root.querySelectorAll('*')) {
    if (element.closest('[lang=en]:not(html)')) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description']) {
      const value = element.getAttribute(name);
      // Mantine's own measuring copy of a growing text field; nobody reads it.
      if (value !== null && value !== 'autosize measurement') found.push(value);
    }
  }
  return found.filter(isPlain);
}

describe('the safety policy', () => {
  it('is named where it kept a picture back, with what it looked at', async () => {
    const api = new PlayedApi();
    const user = open(api);
    await user.type(await screen.findByRole('textbox', { name: 'Prompt' }), 'x');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(api.played).toHaveLength(1));
    act(() => api.last.tell({ type: 'found', finding: { image: 0, stage: 'output_image', action: 'blocked' } }));
    expect(await screen.findByText('1 picture was not kept: something in it is not allowed here.')).toBeTruthy();
    act(() => api.last.end('failed', new ApiError('moderation_blocked', 'no', 200)));
    expect(await screen.findByText('The safety rules of this service do not allow this picture.')).toBeTruthy();
    cleanup();
    api.stored = [makeDoneJob('job_a')];
    api.stored[0]?.findings.push({ image: 0, stage: 'prompt', action: 'blurred' });
    open(api);
    expect(await screen.findByText('Blurred, because of the prompt.')).toBeTruthy();
  });
});

describe('the pseudo-language finds no literal', () => {
  it('in the sign-in', async () => {
    open(new PlayedApi(false), '/', await pseudoI18n());
    await screen.findByRole('heading', { level: 1 });
    expect(literals(document.body)).toEqual([]);
    fireEvent.click((await screen.findAllByRole('button')).at(-1) ?? document.body);
    expect(literals(document.body).filter((text) => !text.includes('avila keys create'))).toEqual([]);
  });

  it('in Create, empty, running, done, failed, and in its dialogues', async () => {
    const api = new PlayedApi();
    api.list = [makeModel(), makeModel({}, 'other')];
    const user = open(api, '/', await pseudoI18n());
    const [field] = await screen.findAllByRole('textbox');
    if (!field) throw new Error('no prompt');
    await user.type(field, '中文');
    await user.click(screen.getByRole('button', { name: /^Ж{8}$/ })); // Advanced
    await screen.findAllByRole('slider');
    const shown = () => literals(document.body).filter((text) => !SAMPLER.test(text) && !/\d px$|\d sec$/.test(text));
    expect(shown()).toEqual([]);
    fireEvent.keyDown(document.body, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(api.played).toHaveLength(1));
    act(() => api.last.tell({ type: 'progress', image: 0, fraction: 0.3 }));
    expect(shown()).toEqual([]);
    act(() => api.last.succeed());
    await screen.findByText('中文', { selector: 'p' });
    expect(shown()).toEqual([]);
    fireEvent.keyDown(document.body, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(api.played).toHaveLength(2));
    act(() => api.last.end('failed', new ApiError('queue_full', 'x', 200)));
    await screen.findByRole('alert');
    expect(shown()).toEqual([]);
    fireEvent.keyDown(document.body, { key: '?' });
    await screen.findByRole('dialog');
    expect(shown()).toEqual([]);
  });

  it('in the settings', async () => {
    open(new PlayedApi(), '/settings', await pseudoI18n());
    await screen.findAllByRole('radio');
    await screen.findAllByRole('progressbar', { name: /^Ж/ });
    expect(literals(document.body).filter((text) => text !== GOOD_KEY && !DATE.test(text) && !AMOUNT.test(text))).toEqual([]);
  });

  it('in the gallery, the comparison and the queue', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('a', { prompt: '中' }, 1), makeDoneJob('b', { prompt: '文' }, 2), makeJob({ id: 'c', position: 2 }, { prompt: '中' })];
    const user = open(api, '/gallery', await pseudoI18n());
    const [, first] = await screen.findAllByRole('button', { name: /中|文/ });
    const [select] = screen.getAllByRole('button', { name: /^Ж{6}$/ });
    if (!first || !select) throw new Error('no pictures');
    const shown = () => literals(document.body).filter((text) => !DATE.test(text) && !SAMPLER.test(text));
    expect(shown()).toEqual([]);
    await user.click(select);
    for (const button of screen.getAllByRole('button', { name: /中|文/ })) await user.click(button);
    expect(shown()).toEqual([]);
    await user.click(within(screen.getByRole('toolbar')).getByRole('button', { name: /^Ж{7}$/ }));
    await screen.findByRole('slider');
    expect(shown()).toEqual([]);
    cleanup();
    open(api, '/queue', await pseudoI18n());
    await screen.findByText('中');
    expect(shown()).toEqual([]);
  });

  it('but would find one', async () => {
    await changeLanguage(makeI18n(), 'en');
    const element = document.createElement('p');
    element.textContent = 'Hello';
    element.title = 'there';
    document.body.append(element);
    expect(literals(document.body)).toEqual(['Hello', 'there']);
    element.remove();
  });
});

/** An amount with the unit of its language. */
const AMOUNT = /^\d[\d.]* (byte|kB|MB|GB)\b/;
/** Samplers and schedules go by their English names everywhere. */
const ENGLISH_NAMES = new Set(SAMPLERS.flatMap(({ name, schedules }) => [name, ...schedules.map(scheduleName)]));
const SAMPLER = { test: (text: string) => ENGLISH_NAMES.has(text) };

/** Dates and durations follow the locale, which is English here. */
const DATE = /2026|\d sec|\d (am|pm)$|^\d+×$/i;
