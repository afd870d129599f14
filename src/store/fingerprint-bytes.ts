/** A fingerprint as the store keeps it: the 16 bytes behind its scheme. */

const scheme = 'ef1:';

export const formatFingerprint = (bytes: Buffer): string => scheme + bytes.toString('hex');

export const fingerprintBytes = (fingerprint: string): Buffer =>
  Buffer.from(fingerprint.slice(scheme.length), 'hex');
