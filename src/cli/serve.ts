import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { listen } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import { soundOf } from '../base/sqlite.ts';
import type { Config } from '../config/config.ts';
import { planServe } from '../config/reload.ts';
import { Metrics } from '../server/metrics.ts';
import { type CompanyOptions, createService } from '../server/service.ts';
import { lockState } from '../store/lock.ts';
import { seatsOf } from './engines.ts';
import { keepReloading, refusalOf } from './reload.ts';
import { makePrivateFolder, type Standing, untilStopped } from './until-stopped.ts';

/** `siftd serve`: the classification API on a socket. */
export function serveCommand(): Command {
  return untilStopped('serve', 'serve the classification API for the configured companies, until stopped', serve);
}

/** The service, wired. Its queue has a folder and a lock of its own, so that `run` may work on the same state. */
async function serve({ config, log, signal, reloads, ready }: Standing): Promise<void> {
  const folder = join(config.state, 'serve');
  makePrivateFolder(folder);
  const lock = lockState(folder);
  try {
    const clock = systemClock;
    const stopped = new AbortController();
    const { host, port } = config.service.listen;
    const path = join(folder, 'service.db');
    const service = createService({
      path,
      sound: (await soundOf([path])).has(path),
      companies: companiesOf(config),
      retention: config.service.retention,
      metricsToken: config.service.metricsToken?.reveal(),
      metrics: (standing) => new Metrics(standing, true),
      clock,
      log,
    });
    try {
      const seats = seatsOf({ service, config, clock, log, stopped: stopped.signal });
      for (const seat of seats) seat.take();
      const listening = await listen({ fetch: service.answer, host, port, clock });
      service.start();
      log.info({ url: listening.url, pid: process.pid }, 'serving');
      ready();
      const following = seats.map((seat) => seat.follow(signal));
      const take = (next: Config) => {
        const plan = planServe(config, next);
        const refused = refusalOf(next.file, plan);
        if (refused !== null) throw new UserError(refused, 2);
        service.admitBy(tokensOf(next), next.service.metricsToken?.reveal());
        log.info({ inPlace: plan.inPlace }, 'the tokens were read again and are in force');
      };
      following.push(keepReloading({ reloads, signal, log, take }));
      if (!signal.aborted) await once(signal, 'abort');
      await Promise.all(following);
      // Held answers go first: else the listener would wait for them.
      service.drain();
      await listening.close(limits.http.grace);
    } finally {
      await service.stop();
      stopped.abort();
    }
  } finally {
    lock.release();
    log.info('stopped');
  }
}

function tokensOf(config: Config): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...config.service.companies].map(([company, { tokens }]) => [company, tokens.map((token) => token.reveal())]),
  );
}

function companiesOf(config: Config): Record<string, CompanyOptions> {
  const companies: Record<string, CompanyOptions> = {};
  for (const [company, { tokens, orchestrators }] of config.service.companies) {
    companies[company] = {
      tokens: tokens.map((token) => token.reveal()),
      orchestrators: Object.fromEntries(
        [...orchestrators].map(([id, { engine }]) => [id, { engine: null, kind: engine.kind }]),
      ),
    };
  }
  return companies;
}
