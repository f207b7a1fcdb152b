import { resolveMx, resolveSrv } from 'node:dns/promises';
import { systemClock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Directory } from './providers.ts';
import { lookup } from './surroundings.ts';

/** The DNS of this machine, and the web. What does not answer in time knows nothing. */
export const directory: Directory = {
  async srv(service, domain) {
    const records = await soon(resolveSrv(`${service}.${domain}`), []);
    const [best] = records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
    // A target that is the root says that there is no such service (RFC 2782).
    if (best === undefined || best.name === '' || best.name === '.') return null;
    return { host: best.name.toLowerCase(), port: best.port };
  },
  async mx(domain) {
    return (await soon(resolveMx(domain), [])).map(({ exchange }) => exchange);
  },
  async exists(host) {
    return (await lookup(host, systemClock)).ok;
  },
  async autoconfig(domain) {
    for (const url of [
      `https://autoconfig.${domain}/mail/config-v1.1.xml`,
      `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
    ]) {
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(limits.doctor.lookup), redirect: 'error' });
        if (answer.ok) return (await answer.text()).slice(0, limits.init.autoconfig);
      } catch {
        // Most domains have none.
      }
    }
    return null;
  },
};

async function soon<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  const over = new AbortController();
  const late = systemClock.sleep(limits.doctor.lookup, over.signal).then(() => otherwise);
  const first = await Promise.race([asked.catch(() => otherwise), late]);
  over.abort();
  return first;
}
