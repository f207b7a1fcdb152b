import { stringify } from 'yaml';
import { limits } from '../base/limits.ts';
import type { SecretSource } from '../config/values.ts';
import type { MailServer } from './providers.ts';

/** A folder as a person sees it in their mail program. */
export interface Seen {
  readonly name: string;
  /** Its special use (RFC 6154); null: it is an ordinary one. */
  readonly use: string | null;
  /** null: unknown. */
  readonly messages: number | null;
}

export interface DraftRoute {
  readonly class: string;
  readonly move: string;
  readonly messages: number | null;
}

export type DraftLogin =
  | { readonly by: 'password'; readonly password: SecretSource }
  | {
      readonly by: 'oauth';
      readonly provider: 'google' | 'microsoft';
      /** null: any directory's. */
      readonly tenant: string | null;
      readonly clientId: string;
      /** null: a public client. */
      readonly clientSecret: SecretSource | null;
      readonly seal: SecretSource;
    };

/** All that the file is made of. */
export interface Draft {
  readonly account: string;
  readonly server: MailServer;
  readonly user: string;
  readonly login: DraftLogin;
  readonly routes: readonly DraftRoute[];
  /** null: the service inside siftd. */
  readonly classifier: {
    readonly url: string;
    readonly company: string;
    readonly orchestrator: string;
    readonly token: SecretSource;
  } | null;
  /** Where editors find the schema. */
  readonly schema: string;
}

/** What mail programs put there for themselves: nobody sorts mail into these. */
const notSorted =
  /^(inbox|drafts?|outbox|sent.*|trash|deleted.*|junk.*|spam|archives?|templates?|notes?|contacts?|calendar|tasks?|journal|rss.*|sync issues.*|conversation history|snoozed|scheduled|important|starred|all mail)$/i;

/** Folders into which people sort, as routes: the class is named as the folder is. */
export function proposals(folders: readonly Seen[]): DraftRoute[] {
  const routes: DraftRoute[] = [];
  const taken = new Set<string>();
  for (const { name, use, messages } of folders) {
    const levels = name.split('/').filter((level) => level !== '');
    // What LIST takes for a pattern is no name in a configuration.
    if (use !== null || /[*%]/.test(name) || levels.some((level) => notSorted.test(level))) continue;
    const short = classOf(levels.at(-1) ?? '');
    const named = taken.has(short) ? classOf(levels.join(' ')) : short;
    if (named === '' || taken.has(named)) continue;
    taken.add(named);
    routes.push({ class: named, move: name, messages });
  }
  return routes;
}

/** Whether siftd could learn from a folder as it is. */
export function isLearnable({ messages }: DraftRoute): boolean {
  return messages !== null && messages >= limits.engine.minExamples;
}

function classOf(words: string): string {
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

const plainText = (value: unknown) => stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trim();

/** The configuration, with a word on each part. */
export function draftText(draft: Draft): string {
  const { account, server, user, login, routes, classifier, schema } = draft;
  const standard = server.port === (server.tls === 'implicit' ? 993 : 143);
  return [
    `# yaml-language-server: $schema=${schema}`,
    '#',
    '# Written by siftd init. "siftd check" says what it means, "siftd doctor" whether it works.',
    '',
    '# observe: classify and record, touch nothing. When "siftd report" says that it is good enough, write act.',
    'mode: observe',
    '',
    ...classifierText(classifier),
    '',
    ...(login.by === 'oauth' ? [`seal: ${plainText(login.seal)} # seals what people consented to`, ''] : []),
    'accounts:',
    `  ${plainText(account)}:`,
    `    host: ${plainText(server.host)}`,
    ...(standard ? [] : [`    port: ${server.port}`]),
    ...(server.tls === 'implicit' ? [] : [`    tls: ${server.tls}`]),
    `    user: ${plainText(user)}`,
    loginText(login),
    '    folders: [INBOX]',
    '    since: now # mail that is there already stays as it is; "siftd backfill" sorts it',
    '',
    '# A message whose confidence is below this waits for a person.',
    'threshold: 0.75',
    '',
    '# Each class of mail, and what is done with it: move, label, flag, seen, or keep: true. A folder that is missing is made.',
    'routes:',
    ...routes.map(routeText),
    '',
    '# Low confidence, or a class without a route; and what could not be classified or filed.',
    'unsure: { label: [needs-review] }',
    'failed: { label: [siftd-failed] }',
    '',
  ].join('\n');
}

function loginText(login: DraftLogin): string {
  if (login.by === 'password') return `    password: ${plainText(login.password)} # never the password itself`;
  const { provider, tenant, clientId, clientSecret } = login;
  const oauth = {
    provider,
    ...(tenant === null ? {} : { tenant }),
    client_id: clientId,
    ...(clientSecret === null ? {} : { client_secret: clientSecret }),
  };
  return `    oauth: ${plainText(oauth)} # somebody consents once: siftd auth login`;
}

function routeText(route: DraftRoute): string {
  const { move, messages } = route;
  const learned =
    messages === null || isLearnable(route) ? '' : `; ${limits.engine.minExamples} are needed to learn it`;
  const there = messages === null ? '' : ` # ${messages} messages are there${learned}`;
  return `  ${plainText(route.class)}: { move: ${quotedInFlow(move)} }${there}`;
}

/** In a flow map a comma or a brace would end it. */
function quotedInFlow(text: string): string {
  return /^[\p{L}\p{N}_./-]+( [\p{L}\p{N}_./-]+)*$/u.test(text) && plainText(text) === text
    ? text
    : JSON.stringify(text);
}

function classifierText(classifier: Draft['classifier']): string[] {
  if (classifier === null) {
    return [
      '# Nobody else is asked: siftd learns from the mail that lies in the folders below, and no mail leaves this machine.',
      '# For an API elsewhere: classifier: { url: ..., company: ..., orchestrator: ..., token: { env: CLASSIFIER_TOKEN } }',
    ];
  }
  const { url, company, orchestrator, token } = classifier;
  return [
    '# Who is asked about each message: subject and text go there.',
    'classifier:',
    `  url: ${plainText(url)}`,
    `  company: ${plainText(company)}`,
    `  orchestrator: ${plainText(orchestrator)}`,
    `  token: ${plainText(token)}`,
  ];
}
