import { limits } from '../limits.ts';
import type { Ctx, Web } from './context.ts';

/**
 * The cookie that holds a session's token. With https it is bound to this host and never sent in
 * the clear (`__Host-`, Secure); over plain http, which cannot promise that, it has another name.
 */
export type SessionCookie = { name: string; isSecure: boolean };

export const cookieFor = (baseUrl: string | undefined): SessionCookie => {
  const isSecure = baseUrl?.startsWith('https:') ?? false;
  return { name: isSecure ? '__Host-qp' : 'qp', isSecure };
};

export const readSessionCookie = (ctx: Ctx, { cookie }: Web): string | null =>
  ctx.cookies.get(cookie.name) ?? null;

export function setSessionCookie(ctx: Ctx, { cookie }: Web, token: string): void {
  write(ctx, cookie, token, limits.sessionMs.value / 1000);
}

export function clearSessionCookie(ctx: Ctx, { cookie }: Web): void {
  write(ctx, cookie, '', 0);
}

function write(ctx: Ctx, { name, isSecure }: SessionCookie, value: string, seconds: number): void {
  const secure = isSecure ? '; Secure' : '';
  ctx.append(
    'Set-Cookie',
    `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`,
  );
}
