import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { ExitError, exitCode } from './errors.ts';
import { limits } from './limits.ts';

export type Rate = { requests: number; windowMs: number } | 'off';

const rateForm = /^(\d{1,9})\/(\d{1,5})s$/;

/** `60/60s` → 60 requests in 60 s; `off` → no limit. */
const rate = z.string().transform((text, context): Rate => {
  if (text === 'off') return 'off';
  const [, requests, seconds] = rateForm.exec(text) ?? [];
  if (requests === undefined || Number(requests) < 1 || Number(seconds) < 1) {
    context.addIssue({ code: 'custom', message: 'must look like 60/60s, or be off' });
    return z.NEVER;
  }
  return { requests: Number(requests), windowMs: Number(seconds) * 1000 };
});

const proxies = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
  .transform((list) => list.map((item) => item.trim()).filter((item) => item !== ''))
  .refine((list) => list.every(isNetwork), 'must be addresses or networks such as 10.0.0.0/8');

const schema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  data: z.string().min(1).default('./data'),
  baseUrl: z
    .string()
    .regex(
      /^https?:\/\/[^/\s?#]+(\/[^\s?#]*)?$/,
      'must be an address such as https://quality.example.com',
    )
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  trustedProxies: proxies.default([]),
  rateLimit: rate.default({
    requests: limits.rateRequests.value,
    windowMs: limits.rateWindowMs.value,
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type Config = Readonly<z.infer<typeof schema>>;
export type Setting = keyof z.input<typeof schema>;

export const settings = Object.keys(schema.shape) as Setting[];
const prefix = 'QUALITYPILOT_';
const configFile = 'qualitypilot.json';

/** `trustedProxies` → `trusted-proxies` */
export const flagName = (setting: Setting): string =>
  setting.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
const envName = (setting: Setting): string =>
  prefix + flagName(setting).replaceAll('-', '_').toUpperCase();

/**
 * The effective configuration: flag, else environment, else qualitypilot.json, else default.
 * An unknown or wrong setting ends the start with exit 78 and one line that names it.
 */
export function readConfig(
  flags: Partial<Record<Setting, string>>,
  env: Record<string, string | undefined>,
  folder = '.',
): Config {
  const given = { ...readFile(`${folder}/${configFile}`), ...readEnv(env), ...flags };
  const parsed = schema.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const issue = parsed.error.issues[0]!;
  const name = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.join('.');
  const text = issue.code === 'unrecognized_keys' ? 'is not a setting' : issue.message;
  throw new ExitError(exitCode.config, `configuration: ${name} ${text}.`);
}

function readFile(file: string): object {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch (cause) {
    throw new ExitError(
      exitCode.config,
      `configuration: ${file} is not valid JSON; correct or remove it.`,
      cause,
    );
  }
}

function readEnv(env: Record<string, string | undefined>): object {
  const byName = new Map(settings.map((setting) => [envName(setting), setting]));
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(prefix) || value === undefined) continue;
    const setting = byName.get(name);
    if (setting === undefined) {
      throw new ExitError(
        exitCode.config,
        `configuration: the environment variable ${name} is not a setting.`,
      );
    }
    found[setting] = value;
  }
  return found;
}

function isNetwork(text: string): boolean {
  const [address, bits, ...rest] = text.split('/');
  const family = isIP(address ?? '');
  const most = family === 4 ? 32 : 128;
  return (
    family !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
  );
}

/** The networks as Node checks them. */
export function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string | undefined];
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
