import type { Outcome } from '../base/errors.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { SecretSource } from '../config/values.ts';
import { type Draft, type DraftLogin, type DraftRoute, isLearnable, proposals, type Seen } from './draft.ts';
import {
  type Directory,
  domainOf,
  type Found,
  findServer,
  type MailServer,
  oauthAt,
  ofProvider,
  providers,
} from './providers.ts';

/** A person at a terminal. Each question rejects with a UserError where they give up. */
export interface Ask {
  text(question: string, initial?: string, wrong?: (answer: string) => string | null): Promise<string>;
  secret(question: string): Promise<string>;
  choose(question: string, options: readonly Option[]): Promise<string>;
  several(question: string, options: readonly Option[], chosen: readonly string[]): Promise<readonly string[]>;
  say(text: string): void;
}

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** What flags have said already. */
export interface Wishes {
  readonly address?: string | undefined;
  readonly provider?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: MailServer['tls'] | undefined;
  readonly user?: string | undefined;
  readonly account?: string | undefined;
  readonly password?: SecretSource | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: SecretSource | undefined;
  readonly tenant?: string | undefined;
  /** Folders by class. */
  readonly routes?: Readonly<Record<string, string>> | undefined;
  readonly classifier?: Draft['classifier'];
}

export interface WizardParts {
  /** null: nobody is asked, and what is missing is an error. */
  readonly ask: Ask | null;
  readonly directory: Directory;
  /** Logs in and looks around. */
  readonly enter: (
    login: MailServer & { readonly user: string; readonly password: string },
  ) => Promise<Outcome<readonly Seen[]>>;
  /** Reads a secret that is somewhere already. */
  readonly read: (source: SecretSource) => { readonly value: string } | { readonly why: string };
  readonly schema: string;
  /** Where a secret that is typed or made will be; without it a file beside the configuration. `where`: for a person. */
  readonly keep?: (name: string) => { readonly source: SecretSource; readonly where: string };
  /** A secret of nobody's choice. */
  readonly make: () => string;
}

export interface Drawn {
  readonly draft: Draft;
  /** What was typed or made, to be kept where the draft says. */
  readonly secrets: readonly { readonly source: SecretSource; readonly value: string }[];
}

/** Asks what flags leave open, tries it, and proposes the rest. Writes nothing. */
export async function draw(wishes: Wishes, parts: WizardParts): Promise<Drawn> {
  const { ask, schema } = parts;
  const address =
    wishes.address ??
    wishes.user ??
    (await need(ask, 'ADDRESS, such as support@example.com')).text('Which address shall be sorted?', '', (answer) =>
      answer.includes('@') ? null : 'An address has an @.',
    );
  const whose = await address;
  const account = wishes.account ?? nameOf(whose);
  let server = await serverOf(whose, wishes, parts);
  const user = wishes.user ?? (ask === null ? whose : await ask.text('The user name of its login', whose));
  const common = { account, user, schema };
  const oauth = await oauthOf({ address: whose, account, server }, wishes, parts);
  if (oauth !== null) {
    ask?.say(`Somebody consents to it by siftd auth login ${account}; the folders are not looked at before.`);
    const rest = { routes: await routesOf(wishes, null, ask), classifier: await classifierOf(wishes, ask) };
    return { draft: { ...common, server, login: oauth.login, ...rest }, secrets: oauth.secrets };
  }
  let typed: string | null = null;
  const { source, where } = keeping(parts)(`${account}.password`);
  const password = wishes.password ?? source;
  let seen: readonly Seen[] = [];
  for (let tries = 1; ; tries++) {
    const known = wishes.password === undefined ? null : parts.read(wishes.password);
    // systemd gives a credential to the service alone.
    if (known !== null && 'why' in known && 'credential' in password) {
      ask?.say(`The login is not tried: ${known.why}`);
      break;
    }
    if (known !== null && 'why' in known) throw new UserError(known.why);
    if (known === null) {
      const asking = need(ask, '--password-file, --password-env or --password-credential');
      typed = await asking.secret(`The password of ${user} (it is kept in ${where}, for you alone)`);
    }
    const entered = await parts.enter({ ...server, user, password: known?.value ?? typed ?? '' });
    if (entered.ok) {
      seen = entered.value;
      break;
    }
    const { message, kind } = entered.fault;
    // Each refused login counts against the account.
    if (ask === null || tries === limits.init.logins || (known !== null && kind === 'unauthorized')) {
      throw new UserError(`${message}; nothing was written`);
    }
    ask.say(message);
    if (kind !== 'unauthorized') server = await askServer(server, ask);
  }
  return {
    draft: {
      ...common,
      ...{ server, login: { by: 'password', password } },
      routes: await routesOf(wishes, seen, ask),
      classifier: await classifierOf(wishes, ask),
    },
    secrets: typed === null ? [] : [{ source: password, value: typed }],
  };
}

function keeping({ keep }: WizardParts): NonNullable<WizardParts['keep']> {
  return keep ?? ((name) => ({ source: { file: `./${name}` }, where: name }));
}

interface Consenting extends Pick<Drawn, 'secrets'> {
  readonly login: Extract<DraftLogin, { by: 'oauth' }>;
}

/** Where the server lets programs in by OAuth, and nobody has a password for it. null: by a password. */
async function oauthOf(
  { address, account, server }: { readonly address: string; readonly account: string; readonly server: MailServer },
  wishes: Wishes,
  parts: WizardParts,
): Promise<Consenting | null> {
  const { ask, make } = parts;
  const provider = oauthAt(server.host);
  if (provider === null || wishes.password !== undefined) return null;
  const { kind, example, appPasswords } = provider;
  if (ask === null && wishes.clientId === undefined) {
    throw new UserError(
      `with --yes nobody is asked: give --client-id (OAuth, see ${example})${appPasswords ? ', or an app password by --password-file, --password-env or --password-credential' : ''}`,
      2,
    );
  }
  if (ask !== null && appPasswords && wishes.clientId === undefined) {
    const how = await ask.choose('How shall siftd be let in?', [
      { value: 'oauth', label: 'by OAuth', hint: `a client's id is needed: ${example} says how to get one` },
      { value: 'password', label: 'by an app password', hint: 'where no administrator has switched that off' },
    ]);
    if (how === 'password') return null;
  }
  const keep = keeping(parts);
  const secrets: { source: SecretSource; value: string }[] = [];
  const clientId =
    wishes.clientId ??
    (await need(ask, '--client-id').text(`The application's client id (${example} says how to get one)`));
  let clientSecret = wishes.clientSecret ?? null;
  // Google gives one to a program on a desktop too; at Microsoft such a program is a public client.
  if (clientSecret === null && kind === 'google') {
    const { source, where } = keep(`${account}.client-secret`);
    const value = await need(ask, '--client-secret-file').secret(
      `The application's client secret (it is kept in ${where}, for you alone)`,
    );
    secrets.push({ source, value });
    clientSecret = source;
  }
  const own = domainOf(address);
  // Whose mailboxes are nobody's directory.
  const domain = providers['microsoft365']?.domains.includes(own) === true ? 'consumers' : own;
  const tenant =
    kind === 'google'
      ? null
      : (wishes.tenant ??
        (ask === null ? domain : await ask.text('Its directory at Microsoft: a domain, or an id', domain)));
  const seal = keep('siftd.seal').source;
  secrets.push({ source: seal, value: make() });
  return { login: { by: 'oauth', provider: kind, tenant, clientId, clientSecret, seal }, secrets };
}

function need(ask: Ask | null, flag: string): Ask {
  if (ask === null) throw new UserError(`with --yes nobody is asked: give ${flag}`, 2);
  return ask;
}

/** A name for the account: what stands before the @. */
function nameOf(address: string): string {
  const name =
    address
      .split('@')[0]
      ?.toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '') ?? '';
  return name === '' ? 'mail' : name.slice(0, limits.config.name);
}

async function serverOf(address: string, wishes: Wishes, { ask, directory }: WizardParts): Promise<MailServer> {
  const { host, port, tls = 'implicit' } = wishes;
  if (host !== undefined) return { host, tls, port: port ?? (tls === 'implicit' ? 993 : 143) };
  const found = wishes.provider === undefined ? await findServer(address, directory) : preset(wishes.provider);
  if (ask === null) {
    if (found === null) throw new UserError(`nobody knows where the mailbox of ${address} is: give --host`, 2);
    if (found.doubtful) {
      const { host: other, by } = found;
      throw new UserError(`${by} names ${other}, which is of another domain: give --host ${other} if it is right`, 2);
    }
    return found;
  }
  if (found === null) {
    ask.say('Nobody knows where this mailbox is.');
    return await askServer({ host: '', port: 993, tls: 'implicit' }, ask);
  }
  ask.say(`Found by ${found.by}${found.note === null ? '' : `. Mind: ${found.note}`}.`);
  if (found.doubtful) ask.say('It is of another domain. Anybody could have said so: look twice.');
  return await askServer(found, ask);
}

function preset(name: string): Found {
  const provider = providers[name];
  if (provider !== undefined) return ofProvider(provider);
  throw new UserError(`there is no provider ${JSON.stringify(name)}: ${Object.keys(providers).join(', ')}`, 2);
}

async function askServer({ host, port, tls }: MailServer, ask: Ask): Promise<MailServer> {
  const text = await ask.text('Its IMAP server', host === '' ? '' : `${host}:${port}`, (answer) =>
    serverIn(answer) === null ? 'A host, or host:port.' : null,
  );
  const given = serverIn(text);
  if (given === null || (given.host === host && (given.port ?? port) === port)) return { host, port, tls };
  const kind = given.port === 143 ? 'starttls' : 'implicit';
  return { host: given.host, port: given.port ?? 993, tls: kind };
}

function serverIn(text: string): { readonly host: string; readonly port: number | null } | null {
  const [, host = '', port] = /^([^\s:/]+)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  if (host === '' || Number(port ?? 1) > 65_535) return null;
  return { host, port: port === undefined ? null : Number(port) };
}

/** Where nothing is sorted yet. */
const beginning: DraftRoute = { class: 'refund_request', move: 'Support/Refunds', messages: null };

/** `seen` null: nobody has looked. */
async function routesOf(
  { routes }: Wishes,
  seen: readonly Seen[] | null,
  ask: Ask | null,
): Promise<readonly DraftRoute[]> {
  if (routes !== undefined) {
    const messagesIn = (move: string) => seen?.find(({ name }) => name === move)?.messages ?? null;
    return Object.entries(routes).map(([name, move]) => ({ class: name, move, messages: messagesIn(move) }));
  }
  if (seen === null) return [beginning];
  const proposed = proposals(seen);
  const learnable = proposed.filter(isLearnable);
  if (proposed.length === 0) {
    ask?.say('No folder has mail that somebody sorted: the file has an example of a route, to be changed.');
    return [beginning];
  }
  if (ask === null) return learnable.length > 0 ? learnable : proposed;
  const options = proposed.map((route) => ({
    value: route.move,
    label: `${route.class}, to ${route.move}`,
    hint: `${route.messages} messages`,
  }));
  const chosen = await ask.several(
    'Which folders shall new mail be sorted into?',
    options,
    learnable.map(({ move }) => move),
  );
  const picked = proposed.filter(({ move }) => chosen.includes(move));
  return picked.length === 0 ? [beginning] : picked;
}

async function classifierOf({ classifier }: Wishes, ask: Ask | null): Promise<Draft['classifier']> {
  if (classifier !== undefined || ask === null) return classifier ?? null;
  const whom = await ask.choose('Who shall say what a message is about?', [
    { value: 'own', label: 'siftd itself', hint: 'it learns from these folders; no mail leaves this machine' },
    { value: 'api', label: 'a classification API', hint: 'subject and text go there' },
  ]);
  if (whom === 'own') return null;
  const url = await ask.text('Its address', 'https://', (answer) =>
    URL.canParse(answer) ? null : 'An address such as https://classifier.example',
  );
  const company = await ask.text('The company’s id there');
  const orchestrator = await ask.text('The orchestrator’s id there');
  const name = await ask.text('The environment variable that will hold its token', 'CLASSIFIER_TOKEN');
  return { url, company, orchestrator, token: { env: name } };
}
