import { BlockList, isIP } from 'node:net';

/**
 * What is nobody's on the public Internet (IANA's special-purpose registries): loopback, private, shared (RFC 6598), link-local with
 * the metadata services of clouds, unique-local, documentation, benchmarks, multicast; and the IPv6 forms in which an IPv4 address
 * of any kind hides (6to4, NAT64, Teredo, IPv4-compatible). IPv4-mapped ones are checked as what they map.
 */
const special = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  special.addSubnet(net, prefix, 'ipv6');
}

/** Whether an IP address is one of this machine's or of a private network; of what is no address nothing good is assumed. */
export function isPrivate(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  return version === 0 || special.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}
