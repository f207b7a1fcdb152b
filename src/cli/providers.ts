import { limits } from '../base/limits.ts';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
}

/** Where a mailbox was found to be. */
export interface Found extends MailServer {
  /** Who says so, for a person. */
  readonly by: string;
  /** Nobody but an unsigned answer of the DNS says so, and the host is of another domain: a person has to agree (RFC 6186 6). */
  readonly doubtful: boolean;
  /** What has to be known of this provider. */
  readonly note: string | null;
}

/** What the DNS and the web say of a domain. Each answers null, or none, where it knows nothing. */
export interface Directory {
  /** The best target of a service's SRV records (RFC 2782). */
  srv(
    service: '_imaps._tcp' | '_imap._tcp',
    domain: string,
  ): Promise<{ readonly host: string; readonly port: number } | null>;
  /** Names of the domain's mail exchangers. */
  mx(domain: string): Promise<readonly string[]>;
  exists(host: string): Promise<boolean>;
  /** Thunderbird's autoconfig, as XML. */
  autoconfig(domain: string): Promise<string | null>;
}

interface Provider {
  readonly name: string;
  readonly host: string;
  /** Domains of its addresses. */
  readonly domains: readonly string[];
  /** Ends of its mail exchangers, for domains that are kept there. */
  readonly exchangers: readonly string[];
  readonly note: string;
  /** Lets a program in by OAuth. */
  readonly oauth?: OAuthProvider;
}

export interface OAuthProvider {
  readonly kind: 'google' | 'microsoft';
  /** Its other names of the IMAP server. */
  readonly hosts: readonly string[];
  /** Which file says how to get a client's id there. */
  readonly example: string;
  /** Passwords of programs, beside OAuth. */
  readonly appPasswords: boolean;
}

const appPassword = (where: string) => `an app password is needed: ${where}`;

export const providers: Readonly<Record<string, Provider>> = {
  gmail: {
    name: 'Gmail',
    host: 'imap.gmail.com',
    domains: ['gmail.com', 'googlemail.com'],
    exchangers: ['google.com', 'googlemail.com'],
    note: 'it lets programs in by OAuth, or by an app password: https://myaccount.google.com/apppasswords (with 2-step verification)',
    oauth: {
      kind: 'google',
      hosts: ['imap.gmail.com', 'imap.googlemail.com'],
      example: 'config/gmail.yaml',
      appPasswords: true,
    },
  },
  microsoft365: {
    name: 'Microsoft 365',
    host: 'outlook.office365.com',
    domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com'],
    exchangers: ['protection.outlook.com', 'olc.protection.outlook.com'],
    note: 'it lets programs in by OAuth alone',
    oauth: {
      kind: 'microsoft',
      hosts: ['outlook.office365.com', 'outlook.office.com', 'imap-mail.outlook.com'],
      example: 'config/microsoft365.yaml',
      appPasswords: false,
    },
  },
  fastmail: {
    name: 'Fastmail',
    host: 'imap.fastmail.com',
    domains: ['fastmail.com', 'fastmail.fm'],
    exchangers: ['messagingengine.com'],
    note: appPassword('Settings, Privacy & Security, Integrations'),
  },
  yahoo: {
    name: 'Yahoo',
    host: 'imap.mail.yahoo.com',
    domains: ['yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.co.uk', 'ymail.com', 'aol.com'],
    exchangers: ['yahoodns.net'],
    note: appPassword('https://login.yahoo.com/account/security'),
  },
  icloud: {
    name: 'iCloud',
    host: 'imap.mail.me.com',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    exchangers: ['mail.icloud.com'],
    note: appPassword('https://account.apple.com, Sign-In and Security'),
  },
  zoho: {
    name: 'Zoho',
    host: 'imap.zoho.com',
    domains: ['zohomail.com', 'zoho.com'],
    exchangers: ['zoho.com'],
    note: appPassword('https://accounts.zoho.com, Security; and IMAP has to be switched on in Zoho Mail'),
  },
  'zoho-eu': {
    name: 'Zoho (Europe)',
    host: 'imap.zoho.eu',
    domains: ['zohomail.eu'],
    exchangers: ['zoho.eu'],
    note: appPassword('https://accounts.zoho.eu, Security; and IMAP has to be switched on in Zoho Mail'),
  },
};

export function ofProvider({ name, host, note }: Provider): Found {
  return { host, port: 993, tls: 'implicit', by: name, doubtful: false, note };
}

/** How programs are let in at this server; null: by a password. */
export function oauthAt(host: string): OAuthProvider | null {
  return Object.values(providers).find(({ oauth }) => oauth?.hosts.includes(host.toLowerCase()))?.oauth ?? null;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

const within = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`);

/**
 * Where the mailbox of an address is: a provider that we know, by the address or by its mail exchangers; what the domain says
 * by SRV (RFC 6186) or autoconfig; else a name that is often used, if it is there. null: nobody knows.
 */
export async function findServer(address: string, directory: Directory): Promise<Found | null> {
  const domain = domainOf(address);
  const known = Object.values(providers).find(({ domains }) => domains.includes(domain));
  if (known !== undefined) return ofProvider(known);
  const said =
    (await bySrv(domain, directory)) ??
    (await byExchanger(domain, directory)) ??
    (await byAutoconfig(address, directory));
  if (said !== null) return said;
  for (const host of [`imap.${domain}`, `mail.${domain}`]) {
    if (await directory.exists(host)) {
      return { host, port: 993, tls: 'implicit', by: 'a guess, as there is such a host', doubtful: false, note: null };
    }
  }
  return null;
}

async function bySrv(domain: string, directory: Directory): Promise<Found | null> {
  for (const [service, tls] of [
    ['_imaps._tcp', 'implicit'],
    ['_imap._tcp', 'starttls'],
  ] as const) {
    const target = await directory.srv(service, domain);
    if (target === null) continue;
    const note = Object.values(providers).find(({ host }) => host === target.host)?.note ?? null;
    return {
      ...target,
      tls,
      by: `the DNS of ${domain}`,
      doubtful: !within(target.host, domain) && note === null,
      note,
    };
  }
  return null;
}

async function byExchanger(domain: string, directory: Directory): Promise<Found | null> {
  const exchangers = await directory.mx(domain);
  const keeper = Object.values(providers).find((provider) =>
    provider.exchangers.some((end) => exchangers.some((name) => within(name.toLowerCase(), end))),
  );
  return keeper === undefined
    ? null
    : { ...ofProvider(keeper), by: `${keeper.name}, which takes the mail of ${domain}` };
}

async function byAutoconfig(address: string, directory: Directory): Promise<Found | null> {
  const domain = domainOf(address);
  const xml = await directory.autoconfig(domain);
  const server = xml === null ? null : serverIn(xml);
  // It came by HTTPS, so that the domain itself has said it.
  return server === null ? null : { ...server, by: `the autoconfig of ${domain}`, doubtful: false, note: null };
}

/** The first IMAP server with TLS of an autoconfig file (wiki.mozilla.org, Thunderbird:Autoconfiguration:ConfigFileFormat). */
function serverIn(xml: string): MailServer | null {
  for (const [, body = ''] of xml
    .slice(0, limits.init.autoconfig)
    .matchAll(/<incomingServer\s+type="imap"\s*>(.*?)<\/incomingServer>/gs)) {
    const field = (name: string) => new RegExp(`<${name}>\\s*([^<\\s]+)\\s*</${name}>`).exec(body)?.[1] ?? '';
    const [host, port, socket] = [field('hostname').toLowerCase(), Number(field('port')), field('socketType')];
    const tls = socket === 'SSL' ? 'implicit' : socket === 'STARTTLS' ? 'starttls' : null;
    if (tls !== null && /^[a-z0-9.-]+$/.test(host) && Number.isInteger(port) && port > 0 && port < 65_536)
      return { host, port, tls };
  }
  return null;
}
