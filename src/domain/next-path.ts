const base = 'http://appliance.invalid';

/**
 * Where a sign-in leads: a path of this appliance, or `/` for whatever a browser could read as
 * another site (`//evil`, `/\evil`, `https:evil`, a tab before a slash).
 */
export function nextPath(text: string): string {
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(text) || text.startsWith('//')) return '/';
  if (!URL.canParse(text, base) || new URL(text, base).origin !== base) return '/';
  return text;
}
