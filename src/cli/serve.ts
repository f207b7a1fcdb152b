import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Clock, systemClock } from '../base/clock.ts';
import { listen } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { loadModel } from '../engine/modelfile.ts';
import { type CompanyOptions, createService, type Service } from '../server/service.ts';
import { lockState } from '../store/lock.ts';
import { modelPath } from './embedded.ts';
import { makePrivateFolder, type Standing, untilStopped } from './until-stopped.ts';

/** `siftd serve`: the classification API on a socket. */
export function serveCommand(): Command {
  return untilStopped('serve', 'serve the classification API for the configured companies, until stopped', serve);
}

/** The service, wired. Its queue has a folder and a lock of its own, so that `run` may work on the same state. */
async function serve({ config, log, signal, ready }: Standing): Promise<void> {
  const folder = join(config.state, 'serve');
  makePrivateFolder(folder);
  const lock = lockState(folder);
  try {
    const clock = systemClock;
    const { host, port } = config.service.listen;
    const service = createService({
      path: join(folder, 'service.db'),
      companies: companiesOf(config),
      retention: config.service.retention,
      clock,
      log,
    });
    try {
      const models = modelsOf(config);
      for (const model of models) takeModel(service, model, log);
      const listening = await listen({ fetch: service.fetch, host, port, clock });
      service.start();
      log.info({ url: listening.url, pid: process.pid }, 'serving');
      ready();
      const following = models.map((model) => followModel(service, model, { log, signal, clock }));
      if (!signal.aborted) await once(signal, 'abort');
      await Promise.all(following);
      // Held answers go first: else the listener would wait for them.
      service.drain();
      await listening.close(limits.http.grace);
    } finally {
      await service.stop();
    }
  } finally {
    lock.release();
    log.info('stopped');
  }
}

function companiesOf(config: Config): Record<string, CompanyOptions> {
  const companies: Record<string, CompanyOptions> = {};
  for (const [company, { tokens, orchestrators }] of config.service.companies) {
    companies[company] = {
      tokens: tokens.map((token) => token.reveal()),
      orchestrators: Object.fromEntries([...orchestrators.keys()].map((id) => [id, { engine: null }])),
    };
  }
  return companies;
}

interface Model {
  readonly company: string;
  readonly orchestrator: string;
  readonly path: string;
  /** The classes that the configuration tells of; none: whatever the model learned. */
  readonly labels: readonly string[];
}

function modelsOf(config: Config): Model[] {
  return [...config.service.companies].flatMap(([company, { orchestrators }]) =>
    [...orchestrators].map(([orchestrator, { labels }]) => ({
      company,
      orchestrator,
      path: modelPath(config.state, `${company}.${orchestrator}`),
      labels: [...labels.keys()],
    })),
  );
}

/** Puts the model of the file in place. A damaged one does not replace one that works. */
function takeModel(service: Service, { company, orchestrator, path, labels }: Model, log: Logger): void {
  const loaded = loadModel(path);
  if (!loaded.ok) {
    if (loaded.fault.code !== 'model-missing')
      log.error({ company, orchestrator, code: loaded.fault.code }, loaded.fault.message);
    else {
      const make = `siftd train --data FILE.jsonl --model ${path}`;
      log.warn({ company, orchestrator }, `no model yet, submissions are told to come later; make one: ${make}`);
    }
    return;
  }
  const { version, labels: learned } = loaded.value;
  service.setEngine(company, orchestrator, loaded.value);
  log.info({ company, orchestrator, version, classes: learned.length }, 'model loaded');
  const unlearned = labels.filter((label) => !learned.includes(label));
  if (unlearned.length > 0) log.warn({ company, orchestrator, unlearned }, 'the model never answers these labels');
}

/** A model that somebody trains beside us is taken without a restart. Resolves when the signal aborts. */
async function followModel(
  service: Service,
  model: Model,
  { log, signal, clock }: { log: Logger; signal: AbortSignal; clock: Clock },
): Promise<void> {
  const modified = () => statSync(model.path, { throwIfNoEntry: false })?.mtimeMs ?? null;
  let seen = modified();
  while (!signal.aborted) {
    await clock.sleep(limits.daemon.modelPoll, signal);
    const now = modified();
    if (now !== null && now !== seen) takeModel(service, model, log);
    seen = now;
  }
}
