import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// What Mantine asks of a browser and jsdom has not.
Object.defineProperty(window, 'matchMedia', {
  writable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }),
});

class NoResizes {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
window.ResizeObserver = NoResizes;
Object.defineProperty(document, 'fonts', { value: { addEventListener: () => undefined, removeEventListener: () => undefined } });
Element.prototype.scrollIntoView = () => undefined;
configure({ asyncUtilTimeout: 10_000 });
let blobs = 0;
URL.createObjectURL = () => `blob:test/${(blobs += 1)}`;
URL.revokeObjectURL = () => undefined;

afterEach(() => {
  cleanup();
  document.documentElement.lang = '';
  localStorage.clear();
  sessionStorage.clear();
});
