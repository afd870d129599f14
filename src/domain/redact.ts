/**
 * Secrets that tests print must not be stored: facts never change, so they are redacted before
 * they become facts. Each pattern is linear; the quick test keeps clean texts at one scan.
 */
const hint =
  /:\/\/|qlens_|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|eyJ|-----BEGIN|authorization|bearer|key|token|secret|passw|pwd|credential/i;

const rules: { pattern: RegExp; replacement: string }[] = [
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
    replacement: '[redacted private key]',
  },
  {
    pattern: /([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/:@"'<>]{0,256}:[^\s/@"'<>]{1,256}@/gi,
    replacement: '$1[redacted]@',
  },
  {
    pattern:
      /((?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?)(?:(basic|bearer|token|digest|negotiate)\s+)?[^\s"',;]+/gi,
    replacement: '$1[redacted]',
  },
  { pattern: /bearer\s+[A-Za-z0-9._~+/=-]{8,}/gi, replacement: 'Bearer [redacted]' },
  { pattern: /qlens_[0-9A-Za-z]{36}/g, replacement: '[redacted]' },
  { pattern: /(?:AKIA|ASIA)[0-9A-Z]{16}/g, replacement: '[redacted]' },
  {
    pattern: /(?:gh[pousr]_[0-9A-Za-z]{20,255}|github_pat_[0-9A-Za-z_]{20,255})/g,
    replacement: '[redacted]',
  },
  { pattern: /glpat-[0-9A-Za-z_.-]{20,255}/g, replacement: '[redacted]' },
  { pattern: /(?:xox[abeoprs]|xapp)-[0-9A-Za-z-]{10,255}/g, replacement: '[redacted]' },
  {
    pattern: /eyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*/g,
    replacement: '[redacted]',
  },
  {
    pattern:
      /((?:^|[^A-Za-z0-9])(?:[A-Za-z0-9]{0,32}[_.-]){0,4}(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|key|token|secret|passwd|password|pwd|credentials?)["']?\s{0,4}=\s{0,4}["']?)(?!\[redacted)[^\s"'&;,<>)\]}]{4,}/gi,
    replacement: '$1[redacted]',
  },
  {
    pattern:
      /((?:^|[^A-Za-z0-9])(?:[A-Za-z0-9]{0,32}[_.-]){0,4}(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|token|secret|passwd|password|pwd)["']?\s{0,4}:\s{0,4}["']?)(?!\[redacted)[^\s"'&;,<>)\]}]{6,}/gi,
    replacement: '$1[redacted]',
  },
];

/** The text without what looks like a secret. Idempotent. */
export function redactSecrets(text: string): string {
  if (!hint.test(text)) return text;
  return rules.reduce((kept, { pattern, replacement }) => kept.replace(pattern, replacement), text);
}
