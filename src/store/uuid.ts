/** UUIDs as the store keeps them (16 bytes) and as the world writes them. */

/**
 * A version 7 UUID (RFC 9562): 48 bits of ms, then random bits, so that new rows go to the end of
 * an index. `random` fills 16 bytes from a CSPRNG. A clock before 1970 or after 10889 counts as the
 * nearest time that fits.
 */
export function makeUuid(nowMs: number, random: Uint8Array): Buffer {
  const id = Buffer.from(random);
  id.writeUIntBE(Math.min(Math.max(0, Math.trunc(nowMs)), 2 ** 48 - 1), 0, 6);
  id[6] = 0x70 | (id[6]! & 0x0f);
  id[8] = 0x80 | (id[8]! & 0x3f);
  return id;
}

export function formatUuid(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** null when the text is no UUID. */
export function parseUuid(text: string): Buffer | null {
  return form.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : null;
}
