/** A name that no other tab chooses. `crypto.randomUUID` is missing on pages served over plain HTTP in a local network. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
