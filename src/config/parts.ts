import type { z } from 'zod';
import type { Path } from './problems.ts';
import {
  type AccountShape,
  type ActionsShape,
  accountSchema,
  actionsSchema,
  type ClassifierShape,
  type ConsoleShape,
  classifierSchema,
  consoleSchema,
  type OrchestratorShape,
  orchestratorSchema,
  type RouteShape,
  routeSchema,
} from './schema.ts';
import { type AlertsShape, alertsSchema, type SmtpShape, smtpSchema } from './sending.ts';

/** The parts of a file whose shape is right. */
export interface Parts {
  readonly mode: unknown;
  /** null where its shape is wrong. */
  readonly classifier: ClassifierShape | null;
  readonly console: ConsoleShape | null;
  /** null where it is not there, or its shape is wrong. */
  readonly smtp: SmtpShape | null;
  readonly alerts: AlertsShape | null;
  readonly accounts: ReadonlyMap<string, AccountShape>;
  readonly routes: ReadonlyMap<string, RouteShape>;
  routesOf(account: string): ReadonlyMap<string, RouteShape>;
  /** Every route and way, with its path. */
  readonly ways: readonly (readonly [Path, ActionsShape])[];
  readonly orchestrators: readonly (readonly [Path, OrchestratorShape])[];
  /** Nothing at all is there, as opposed to something wrong. */
  readonly noAccounts: boolean;
  readonly noSeal: boolean;
  /** Accounts that say nothing of how to log in, whatever else is wrong with them. */
  readonly noLogin: readonly string[];
  readonly noRoutes: boolean;
  readonly noCompanies: boolean;
}

export function partsOf(raw: unknown): Parts {
  const file = entriesOf(raw);
  const accounts = soundOf(accountSchema, file.get('accounts'));
  const ways: (readonly [Path, ActionsShape])[] = [];
  const collect = (base: Path, holder: ReadonlyMap<string, unknown>) => {
    for (const [name, route] of soundOf(routeSchema, holder.get('routes')))
      ways.push([[...base, 'routes', name], route]);
    for (const key of ['unsure', 'failed']) {
      const way = holder.has(key) ? soundPart(actionsSchema, holder.get(key)) : null;
      if (way !== null) ways.push([[...base, key], way]);
    }
  };
  collect([], file);
  for (const [name, account] of entriesOf(file.get('accounts'))) collect(['accounts', name], entriesOf(account));
  const companies = entriesOf(entriesOf(file.get('service')).get('companies'));
  const orchestrators = [...companies].flatMap(([company, value]) =>
    [...soundOf(orchestratorSchema, entriesOf(value).get('orchestrators'))].map(
      ([name, orchestrator]) => [['service', 'companies', company, 'orchestrators', name], orchestrator] as const,
    ),
  );
  return {
    mode: file.get('mode'),
    classifier: soundPart(classifierSchema, file.get('classifier') ?? {}),
    console: soundPart(consoleSchema, file.get('console') ?? {}),
    smtp: file.has('smtp') ? soundPart(smtpSchema, file.get('smtp')) : null,
    alerts: file.has('alerts') ? soundPart(alertsSchema, file.get('alerts')) : null,
    accounts,
    routes: soundOf(routeSchema, file.get('routes')),
    routesOf: (name) => soundOf(routeSchema, entriesOf(entriesOf(file.get('accounts')).get(name)).get('routes')),
    ways,
    orchestrators,
    noAccounts: isNothing(file.get('accounts')),
    noSeal: isNothing(file.get('seal')),
    noLogin: [...entriesOf(file.get('accounts'))].flatMap(([name, account]) => {
      const said = entriesOf(account);
      return said.has('password') || said.has('oauth') ? [] : [name];
    }),
    noRoutes: isNothing(file.get('routes')),
    noCompanies: isNothing(entriesOf(file.get('service')).get('companies')),
  };
}

function soundPart<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> | null {
  const parsed = schema.safeParse(raw);
  return parsed.success ? parsed.data : null;
}

function soundOf<S extends z.ZodType>(schema: S, raw: unknown): Map<string, z.output<S>> {
  const sound = new Map<string, z.output<S>>();
  for (const [name, value] of entriesOf(raw)) {
    const parsed = schema.safeParse(value);
    if (parsed.success) sound.set(name, parsed.data);
  }
  return sound;
}

function entriesOf(raw: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : []);
}

function isNothing(raw: unknown): boolean {
  return raw === undefined || (typeof raw === 'object' && raw !== null && Object.keys(raw).length === 0);
}
