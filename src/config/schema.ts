import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { limits } from '../base/limits.ts';
import { address, alertsSchema, privacySchema, sendingShape, smtpSchema } from './sending.ts';
import {
  destination,
  duration,
  folder,
  label,
  pathSafe,
  secretSchema,
  section,
  share,
  text,
  urlAllowed,
  whole,
  worded,
  yesOrNo,
} from './values.ts';

/**
 * The shape of the configuration file, key by key. Every message here is the second half of an error, "what is
 * allowed"; the first half, what was found, is put before it where the file is at hand (problems.ts). What concerns
 * more than one key is in meaning.ts.
 */

const actionShape = {
  move: destination
    .optional()
    .describe('The folder it is moved to, made if it is missing; or a special use such as \\Junk.'),
  label: z.array(label, 'a list of labels, such as [urgent]').optional().describe('IMAP keywords; on Gmail labels.'),
  flag: yesOrNo.optional().describe('Flag it (a star in most mail programs).'),
  seen: yesOrNo.optional().describe('Mark it as read.'),
  keep: yesOrNo.optional().describe('Leave it as and where it is. Stands alone.'),
  ...sendingShape,
};

const modeSchema = z
  .enum(['act', 'observe'], '"act" or "observe"')
  .describe('act: move and label. observe: classify and record, touch nothing.');

const threshold = share('a number from 0 to 1, such as 0.75').describe(
  'The confidence, 0 to 1, below which a message goes the unsure way.',
);

const targetAllowed = 'a number from 0.5 to 0.999, such as 0.98';

const threadsSchema = z
  .enum(['classify', 'follow'], '"classify" or "follow"')
  .describe(
    'classify: every message is asked about. follow: a reply goes, unasked, to the route folder where its thread stands.',
  );

export const actionsSchema = section(actionShape);

export const routeSchema = section({ ...actionShape, mode: modeSchema.optional(), threshold: threshold.optional() });

const className = text('the name of a class', limits.api.classification).regex(
  /^\S(.*\S)?$/u,
  'the name of a class, without spaces around it',
);

const routes = z
  .record(className, routeSchema, 'a map from a class to what is done, such as refund_request: {move: Support/Refunds}')
  .describe('What is done with a message of each class. A class that is not here goes the unsure way.');

const unsure = actionsSchema.describe('For low confidence, and for a class without a route.');
const failedWay = actionsSchema.describe('Classification failed, the message is unreadable, or its folder refused it.');

/* ---- the classifier ---- */

const company = pathSafe("the company's id").describe('The company, as it stands in the URL.');
const orchestrator = pathSafe("the orchestrator's id").describe('The orchestrator, as it stands in the URL.');
const token = secretSchema.describe('Sent as "Authorization: Bearer TOKEN".');

const headerAllowed = 'the name of an HTTP header that siftd does not set itself';
/** Fields that frame the request or that the contract gives a meaning to. */
const ownHeaders =
  /^(accept|accept-encoding|connection|content-encoding|content-length|content-type|expect|host|idempotency-key|keep-alive|prefer|te|trailer|transfer-encoding|upgrade)$/i;
const headerName = z
  .string(headerAllowed)
  .max(100, headerAllowed)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, headerAllowed)
  .refine((name) => !ownHeaders.test(name), headerAllowed);

const url = z
  .string(urlAllowed)
  .max(2000, urlAllowed)
  .refine(isPlainUrl, urlAllowed)
  .transform((address) => new URL(address).href.replace(/\/+$/, ''));

function isPlainUrl(address: string): boolean {
  if (!/^https?:\/\/[^\s?#]+$/i.test(address) || !URL.canParse(address)) return false;
  const { username, password } = new URL(address);
  return username === '' && password === '';
}

const confidence = share('a confidence from 0 to 1');

/** What the gateway puts into external_metadata itself. */
const ownMetadata = /^(thread_id|folder|account)$/;
const metadataAllowed = 'a name other than thread_id, folder and account, which siftd sets';
const metadataName = z
  .string(metadataAllowed)
  .max(100, metadataAllowed)
  .refine((name) => !ownMetadata.test(name), metadataAllowed);

export const classifierSchema = section({
  url: url.optional().describe('Where the API is, without /api/companies. Leave it out for the service inside siftd.'),
  company: company.optional(),
  orchestrator: orchestrator.optional(),
  token: token.optional(),
  headers: z
    .record(headerName, secretSchema, 'a map from a header to a secret, such as X-Api-Key: {env: API_KEY}')
    .default({})
    .describe('More headers of every request; their values are secrets.'),
  concurrency: whole(1, limits.config.concurrency).default(8).describe('HTTP requests in flight.'),
  rate: section({
    requests: whole(1, limits.config.requestsPer),
    per: duration(100, limits.config.ratePeriod),
  })
    .optional()
    .describe('POST and GET together; polls go first. Default: 20 in 1s; the service inside siftd has no such bound.'),
  pending: whole(1, limits.config.pending).default(1000).describe('Unfinished processes at a time.'),
  deadline: duration(limits.config.deadlineMin, limits.config.deadlineMax)
    .prefault('15m')
    .describe('A process that has not ended by then is submitted once more, then it fails.'),
  words: section({
    high: confidence.default(0.95),
    medium: confidence.default(0.7),
    low: confidence.default(0.3),
  })
    .prefault({})
    .describe('What an answer means that gives its confidence in words.'),
  metadata: z
    .record(metadataName, z.unknown(), 'a map of what is added to external_metadata')
    .default({})
    .describe('Added to external_metadata of every submission.'),
});

const classifierOfAccountSchema = section({
  company: company.optional(),
  orchestrator: orchestrator.optional(),
  token: token.optional(),
});

/* ---- accounts ---- */

const hostAllowed = 'a host name or an IP address, without a port';
const host = z
  .string(hostAllowed)
  .max(255, hostAllowed)
  .refine((name) => isIP(name) !== 0 || (!/[\s/:@[\]]/.test(name) && domainToASCII(name) !== ''), hostAllowed)
  .transform((name) => (isIP(name) === 0 ? domainToASCII(name) : name));

const sinceAllowed =
  '"now", "all", a date such as 2026-01-31 (midnight UTC), or a time such as 2026-01-31T08:00:00+01:00';
const since = z
  .union(
    [
      z.enum(['now', 'all']),
      z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((date) => Date.parse(date)),
    ],
    sinceAllowed,
  )
  .default('now')
  .describe('What counts as new when a folder is watched for the first time: now, all, or from a date on.');

const tenantAllowed = "a domain or a directory's id, such as example.onmicrosoft.com";

const oauthSchema = section({
  provider: z
    .enum(['google', 'microsoft'], '"google" or "microsoft"')
    .optional()
    .describe('Whose endpoints and scopes.'),
  tenant: z
    .string(tenantAllowed)
    .regex(/^[A-Za-z0-9.-]{1,200}$/, tenantAllowed)
    .optional()
    .describe('microsoft: the directory of the mailbox. Default: organizations, for any of them.'),
  client_id: text("the application's id at the provider", 300).optional(),
  client_secret: secretSchema.optional().describe('Where the application has one.'),
  grant: z
    .enum(['person', 'application'], '"person" or "application"')
    .default('person')
    .describe('person: somebody consents once, by siftd auth login. application: it logs in by itself.'),
  authorization: url.optional().describe('The endpoint where a browser is sent, of another provider.'),
  device: url.optional().describe('The endpoint of device codes (RFC 8628), of another provider.'),
  token: url.optional().describe('The endpoint of tokens, of another provider.'),
  scope: text('scopes, parted by spaces', 1000).optional().describe('What is asked for, of another provider.'),
  login: text('who consents, most often an address', 320)
    .optional()
    .describe('Who consents, if not user: a shared mailbox has no login of its own.'),
  as: pathSafe('the short name of an account with oauth')
    .optional()
    .describe("The account whose consent opens this mailbox too, such as a shared one's owner. Stands alone."),
});

export const accountSchema = section({
  host: host.describe('The IMAP server.'),
  port: whole(1, 65535).optional().describe('Default: 993 with tls: implicit, else 143.'),
  tls: z
    .enum(['implicit', 'starttls', 'none'], '"implicit", "starttls" or "none"')
    .default('implicit')
    .describe('none: only for a server on this machine.'),
  user: text('the login name, most often the address', 320),
  aliases: z
    .array(address, 'a list of addresses, such as [help@example.com]')
    .default([])
    .describe('Other addresses of this mailbox: mail to them is answered too, and none from them.'),
  password: secretSchema.optional().describe('Where the server takes one; else oauth.'),
  oauth: oauthSchema.optional().describe('Google and Microsoft 365 take no password: siftd auth login ACCOUNT, once.'),
  folders: z
    .array(folder, 'a list of folders, such as [INBOX]')
    .min(1, 'at least one folder, such as [INBOX]')
    .default(['INBOX'])
    .describe('The watched folders, the busiest one first.'),
  since,
  resort: yesOrNo.default(false).describe('true: mail that a person moves into a watched folder is sorted too.'),
  mode: modeSchema.optional(),
  threshold: threshold.optional(),
  threads: threadsSchema.optional(),
  routes: routes.optional(),
  unsure: unsure.optional(),
  failed: failedWay.optional(),
  classifier: classifierOfAccountSchema.optional().describe('Where this account asks, if not where all do.'),
  smtp: smtpSchema.optional().describe('Where this account hands in mail, if not where all do.'),
});

const accountName = pathSafe('a short name for the account');

/* ---- the service ---- */

const listenAllowed = 'an address and a port, such as 127.0.0.1:8025 or [::1]:8025';
const listen = z
  .string(listenAllowed)
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$/, listenAllowed)
  .transform((address, context) => {
    const cut = address.lastIndexOf(':');
    const name = address.slice(0, cut).replace(/^\[|\]$/g, '');
    const port = Number(address.slice(cut + 1));
    if (port <= 65535 && (!address.startsWith('[') || isIP(name) === 6)) return { host: name, port };
    context.addIssue({ code: 'custom', message: listenAllowed });
    return z.NEVER;
  });

const modelAllowed = 'the name of a model, such as qwen2.5:7b: printable ASCII without spaces, up to 200 characters';

const llmSchema = section({
  url: url.describe('Of an OpenAI-compatible API, such as http://127.0.0.1:11434/v1 (without /chat/completions).'),
  model: z
    .string(worded(modelAllowed))
    .regex(/^[!-~]{1,200}$/, modelAllowed)
    .describe('The model, as the API calls it.'),
  token: secretSchema.optional().describe('Sent as "Authorization: Bearer TOKEN".'),
  timeout: duration(1000, limits.config.llmTimeout).prefault('60s').describe('For one answer.'),
  concurrency: whole(1, limits.config.llmConcurrency).default(4).describe('Requests in flight.'),
  rate: section({ requests: whole(1, limits.config.requestsPer), per: duration(100, limits.config.ratePeriod) })
    .optional()
    .describe('Requests that are started in a time. Default: no bound.'),
  budget: whole(limits.config.budgetMin, limits.config.budgetMax)
    .optional()
    .describe('Tokens a day (UTC), prompt and answer together; kept over restarts. Default: counted, not bounded.'),
  logprobs: yesOrNo
    .default(true)
    .describe('Ask for token probabilities, from which the confidence is measured. false: for an API that refuses to.'),
});

export const orchestratorSchema = section({
  engine: z
    .enum(['linear', 'llm', 'cascade'], '"linear", "llm" or "cascade"')
    .default('linear')
    .describe(
      'linear: learns from sorted mail. llm: asks a language model. cascade: linear, and where it is unsure, llm.',
    ),
  labels: z
    .record(className, text('what the class is about', 1000), 'a map from a class to what it is about')
    .default({})
    .describe('The classes, each with what it is about. A language model answers these and no others.'),
  model: text('the path of a model file', 4096)
    .optional()
    .describe(
      'The model of engine linear or cascade, relative to this file. Default: one of its own in the state folder.',
    ),
  llm: llmSchema.optional().describe('The language model of engine llm or cascade.'),
  below: share('a confidence from 0 to 1')
    .optional()
    .describe('cascade: the confidence of linear below which the language model is asked. Default: 0.8.'),
});

const companySchema = section({
  tokens: z
    .array(secretSchema, 'a list of secrets, such as [{env: SERVICE_TOKEN}]')
    .min(1, 'at least one secret, such as [{env: SERVICE_TOKEN}]')
    .describe('Any of them opens this company; several at once so that they can be rotated.'),
  orchestrators: z
    .record(pathSafe("an orchestrator's id"), orchestratorSchema, 'a map from an id to {engine, labels}')
    .describe('Its classifiers, by the id that stands in the URL.'),
});

const serviceSchema = section({
  listen: listen.prefault('127.0.0.1:8025').describe('For siftd serve; the service inside siftd run opens no port.'),
  retention: duration(limits.config.retentionMin, limits.config.retentionMax)
    .prefault('7d')
    .describe('How long a result can be asked for.'),
  metrics: section({
    token: secretSchema
      .optional()
      .describe('Opens /metrics to whoever has it. Left out: it is open to this machine only.'),
  })
    .prefault({})
    .describe('Prometheus metrics at /metrics of siftd serve.'),
  companies: z
    .record(pathSafe("a company's id"), companySchema, 'a map from an id to {tokens, orchestrators}')
    .default({})
    .describe('Whom siftd serve answers, by the id that stands in the URL.'),
});

/* ---- the console ---- */

const consoleListenAllowed = '"off", or an address and a port, such as 127.0.0.1:8026';

export const consoleSchema = section({
  listen: z
    .union([z.literal('off'), listen], consoleListenAllowed)
    .prefault('127.0.0.1:8026')
    .describe('Where siftd run serves its console. off: nowhere.'),
  host: host
    .optional()
    .describe('The name by which browsers reach it, where that is not the address it listens on: behind a proxy.'),
  token: secretSchema
    .optional()
    .describe('Opens the console, at least 16 characters. Left out: one is made and printed at every start.'),
  trust_proxy: yesOrNo
    .default(false)
    .describe('true: X-Forwarded-For, -Host and -Proto are believed, as a reverse proxy in front of it sets them.'),
});

/* ---- the metrics ---- */

const metricsListenAllowed = '"off", or an address and a port, such as 127.0.0.1:9464';

const metricsSchema = section({
  listen: z
    .union([z.literal('off'), listen], metricsListenAllowed)
    .default('off')
    .describe('Where siftd run answers /healthz, /readyz and, for Prometheus, /metrics. off: nowhere.'),
  token: secretSchema
    .optional()
    .describe('Opens /metrics to whoever has it. Left out: it is open to this machine only.'),
});

/* ---- the whole file ---- */

export const fileSchema = section({
  state: text('the path of a folder', 4096)
    .optional()
    .describe(
      'The folder of siftd.db. Default: $STATE_DIRECTORY, else "state" beside this file, where relative paths start.',
    ),
  mode: modeSchema.default('act'),
  classifier: classifierSchema
    .prefault({})
    .describe('The API that is asked. Left out: the service inside siftd, which learns from your folders.'),
  body: section({
    limit: whole(1, limits.config.body).default(20_000).describe('Characters of a body that are sent.'),
    quotes: z
      .enum(['keep', 'strip'], '"keep" or "strip"')
      .default('keep')
      .describe('strip: what a reply quotes is not sent.'),
  }).prefault({}),
  accounts: z
    .record(accountName, accountSchema, 'a map from a short name to an account')
    .default({})
    .describe('The mailboxes, each under a short name.'),
  threshold: threshold.default(0.75),
  target_precision: z
    .number(targetAllowed)
    .min(0.5, targetAllowed)
    .max(0.999, targetAllowed)
    .default(0.98)
    .describe('How much of what a route files must be right: siftd report looks for the thresholds that keep to it.'),
  threads: threadsSchema.default('classify'),
  routes: routes.default({}),
  unsure: unsure.default({ label: ['needs-review'] }),
  failed: failedWay.default({ label: ['siftd-failed'] }),
  smtp: smtpSchema.optional().describe('Where mail is handed in that siftd sends: forward, reply, alerts.'),
  alerts: alertsSchema.optional().describe('A mail when something needs a person.'),
  privacy: privacySchema.prefault({}).describe('What siftd tells others of a message.'),
  console: consoleSchema.prefault({}).describe('The web console of siftd run.'),
  metrics: metricsSchema.prefault({}).describe('Health and metrics of siftd run.'),
  seal: secretSchema.optional().describe('Seals the consents of people (oauth) in the state folder: any long text.'),
  service: serviceSchema.prefault({}).describe('For siftd serve, and the service inside siftd run.'),
});

/** The file once its shape is right: defaults filled in, times in milliseconds, folders in siftd's own form. */
export type FileShape = z.output<typeof fileSchema>;
export type AccountShape = z.output<typeof accountSchema>;
export type RouteShape = z.output<typeof routeSchema>;
export type ActionsShape = z.output<typeof actionsSchema>;
export type OrchestratorShape = z.output<typeof orchestratorSchema>;
export type ClassifierShape = z.output<typeof classifierSchema>;
export type OAuthShape = z.output<typeof oauthSchema>;
export type ConsoleShape = z.output<typeof consoleSchema>;

/** The JSON Schema (draft 7, which the YAML language server reads) of the file as a person writes it. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' });
  return {
    $schema,
    title: 'siftd configuration',
    description: 'siftd.yaml: which mailboxes are watched, who is asked, and where each class of mail goes.',
    ...schema,
  };
}
