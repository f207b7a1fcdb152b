import { statSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Config, LlmConfig, OrchestratorConfig } from '../config/config.ts';
import { CascadeEngine } from '../engine/cascade.ts';
import type { Engine } from '../engine/engine.ts';
import { LlmEngine } from '../engine/llm.ts';
import type { TrainedModel } from '../engine/model.ts';
import { loadModel } from '../engine/modelfile.ts';
import type { Service } from '../server/service.ts';
import { modelPath } from './embedded.ts';

type Names = { readonly company: string; readonly orchestrator: string };

/** One orchestrator of `siftd serve` and where its engine comes from. */
export interface Seat {
  /** Puts its engine in place, as far as there is one: without a model, `linear` has none yet. */
  take(): void;
  /** Takes a model that somebody trains beside us without a restart. Resolves when the signal aborts. */
  follow(signal: AbortSignal): Promise<void>;
}

/** Where an orchestrator's model is; null where it has none: it asks a language model alone, or is not configured. */
export function modelFile(config: Config, { company, orchestrator }: Names): string | null {
  const engine = config.service.companies.get(company)?.orchestrators.get(orchestrator)?.engine;
  return engine === undefined || engine.kind === 'llm' ? null : fileOf(config, { company, orchestrator }, engine.model);
}

function fileOf(config: Config, { company, orchestrator }: Names, named: string | null): string {
  return named ?? modelPath(config.state, `${company}.${orchestrator}`);
}

interface Parts {
  readonly service: Service;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts once the service has stopped: no engine keeps the process alive. */
  readonly stopped: AbortSignal;
}

export function seatsOf(parts: Parts): Seat[] {
  return [...parts.config.service.companies].flatMap(([company, { orchestrators }]) =>
    [...orchestrators].map(([orchestrator, setup]) => seatOf({ company, orchestrator }, setup, parts)),
  );
}

function seatOf(
  names: Names,
  { engine, labels }: OrchestratorConfig,
  { service, config, clock, log, stopped }: Parts,
): Seat {
  const { company, orchestrator } = names;
  const set = (made: Engine) => service.setEngine(company, orchestrator, made);
  const model = (of: LlmConfig) => {
    const { url, model: called, budget } = of;
    log.info({ ...names, url, model: called, budget }, 'asks a language model');
    const books = service.books(company, orchestrator, budget);
    return new LlmEngine({ ...of, token: of.token?.reveal() ?? null, labels, books, clock, signal: stopped });
  };
  const learned = ({ version, labels: known }: TrainedModel) => {
    log.info({ ...names, version, classes: known.length }, 'model loaded');
    const unlearned = [...labels.keys()].filter((label) => !known.includes(label));
    if (unlearned.length > 0) log.warn({ ...names, unlearned }, 'the model never answers these labels');
  };
  switch (engine.kind) {
    case 'linear': {
      const path = fileOf(config, names, engine.model);
      return modelSeat(path, { clock, log, names }, (trained) => {
        if (trained === null) {
          const make = `siftd train, from the folders of accounts that ask here, or siftd train --data FILE.jsonl --model ${path}`;
          log.warn(names, `no model yet, submissions are told to come later; make one: ${make}`);
          return;
        }
        set(trained);
        learned(trained);
      });
    }
    case 'llm':
      return { take: () => set(model(engine.llm)), follow: async () => undefined };
    case 'cascade': {
      const second = model(engine.llm);
      return modelSeat(fileOf(config, names, engine.model), { clock, log, names }, (trained) => {
        set(new CascadeEngine(trained, second, engine.below));
        if (trained === null) log.warn(names, 'no model yet: the language model is asked about every mail');
        else learned(trained);
      });
    }
  }
}

/** A seat whose engine has a model file. One that is damaged does not replace one that works. */
function modelSeat(
  path: string,
  { clock, log, names }: { clock: Clock; log: Logger; names: Names },
  put: (model: TrainedModel | null) => void,
): Seat {
  const take = () => {
    const loaded = loadModel(path);
    if (loaded.ok) put(loaded.value);
    else if (loaded.fault.code === 'model-missing') put(null);
    else log.error({ ...names, code: loaded.fault.code }, loaded.fault.message);
  };
  return {
    take,
    async follow(signal) {
      const modified = () => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
      let seen = modified();
      while (!signal.aborted) {
        await clock.sleep(limits.daemon.modelPoll, signal);
        const now = modified();
        if (now !== null && now !== seen) take();
        seen = now;
      }
    },
  };
}
