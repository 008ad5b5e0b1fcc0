declare global {
  // Read by the style injector under Mantine's dialogues.
  var __webpack_nonce__: string | undefined;
}

/** The nonce that this page's content security policy allows for styles made at run time. */
export function readNonce(): string {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
  globalThis.__webpack_nonce__ = nonce;
  return nonce;
}
