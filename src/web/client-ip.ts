import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';

/**
 * The address of the client: the peer's, or, where the peer is a trusted proxy, the rightmost
 * address of X-Forwarded-For that is not itself one. Looks at the last 20 entries at most.
 */
export function clientIp(request: IncomingMessage, trusted: BlockList): string {
  const peer = bare(request.socket.remoteAddress ?? '');
  if (!isTrusted(peer, trusted)) return peer;
  const header = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .slice(-1000)
    .split(',')
    .slice(-20);
  for (const hop of hops.reverse()) {
    const address = bare(hop.trim());
    if (isIP(address) === 0) return peer;
    if (!isTrusted(address, trusted)) return address;
  }
  return peer;
}

/** IPv4 addresses that arrive on an IPv6 socket, as IPv4. */
const bare = (address: string): string =>
  address.startsWith('::ffff:') ? address.slice(7) : address;

const isTrusted = (address: string, trusted: BlockList): boolean =>
  isIP(address) !== 0 && trusted.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
