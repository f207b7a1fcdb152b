import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import { certify } from './certificate.ts';
import { asRoot, freePorts, type Guarded, guard } from './guard.ts';
import { type Letter, loadAtOnce } from './load.ts';

const run = promisify(execFile);

export interface DovecotOptions {
  /** `sdbox:~/sdbox` (default) or `maildir:~/Maildir`. */
  readonly mailLocation?: string;
  /** Dovecot's mail_fsync; `never` (default) spares the disk, `optimized` is what a real server does. */
  readonly fsync?: 'never' | 'optimized' | 'always';
  /** The IMAP port; imaps and LMTP take the two behind it. Default: free ones. */
  readonly port?: number;
  /** More of dovecot.conf, behind ours. `DIR` in it becomes the server's folder. */
  readonly more?: string;
  /** Files in the server's folder that `more` speaks of. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Of a server with access control lists: what its owner may do in a folder, a line each, such as `INBOX owner lr`. */
export function underAcl(...lines: readonly string[]): DovecotOptions {
  const more = `mail_plugins = acl
protocol imap {
  mail_plugins = acl imap_acl
}
plugin {
  acl = vfile:DIR/acl
}`;
  return { more, files: { acl: lines.map((line) => `${line}\n`).join('') } };
}

/** Any user name logs in with the password "secret", and gets an empty mailbox with a folder Junk. */
export interface Dovecot {
  /** The address with everything that Dovecot has. */
  readonly host: '127.0.0.1';
  /** One server, three sets of capabilities: everything; no MOVE; bare IMAP4rev1 (no MOVE, UIDPLUS or IDLE). */
  readonly hosts: { readonly full: '127.0.0.1'; readonly noMove: '127.0.0.2'; readonly bare: '127.0.0.3' };
  readonly port: number;
  readonly imapsPort: number;
  readonly lmtpPort: number;
  /** Path of the certificate (PEM) that imaps and STARTTLS show; it is its own authority. */
  readonly cert: string;
  /** Its temporary folder; `mail/USER` in it holds a user's mail. */
  readonly dir: string;
  /** Everything that it logged so far. */
  log(): string;
  /** By LMTP, as an MTA would; resolves when the message is in the user's INBOX. */
  deliver(user: string, raw: Buffer | string): Promise<void>;
  /** By MULTIAPPEND: thousands a second. Creates the folder. */
  load(user: string, folder: string, letters: readonly Letter[]): Promise<void>;
  /** What an administrator does, e.g. `doveadm('mailbox', 'status', '-u', user, 'uidvalidity', 'INBOX')`. */
  doveadm(...args: readonly string[]): Promise<string>;
  /** Drops the user's connections, as a server that restarts does. */
  kick(user: string): Promise<void>;
  stop(): Promise<void>;
}

/** A private Dovecot 2.3 with its own folder and ports. It dies with this process. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePorts(3));
    const dir = await mkdtemp(join(tmpdir(), 'siftd-dovecot-'));
    try {
      await prepare(dir, port, options);
      const server = await guard(dir, ['dovecot', '-F', '-c', join(dir, 'dovecot.conf')], /starting up for/);
      return describe(server, dir, port);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      // Another test file may have taken the port since we looked.
      if (options.port !== undefined || attempt === 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

function describe(server: Guarded, dir: string, port: number): Dovecot {
  const lmtp = createTransport({
    host: '127.0.0.1',
    port: port + 2,
    lmtp: true,
    ignoreTLS: true,
    pool: true,
    maxConnections: 4,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const doveadm = async (...args: readonly string[]): Promise<string> => {
    const [program = '', ...rest] = [...asRoot, 'doveadm', '-c', join(dir, 'dovecot.conf'), ...args];
    return (await run(program, rest)).stdout;
  };
  return {
    host: '127.0.0.1',
    hosts: { full: '127.0.0.1', noMove: '127.0.0.2', bare: '127.0.0.3' },
    port,
    imapsPort: port + 1,
    lmtpPort: port + 2,
    cert: join(dir, 'tls', 'cert.pem'),
    dir,
    log: server.log,
    async deliver(user, raw) {
      await lmtp.sendMail({ envelope: { from: 'sender@example.com', to: [user] }, raw });
    },
    load: (user, folder, letters) => loadAtOnce({ host: '127.0.0.1', port, user, folder }, letters),
    doveadm,
    async kick(user) {
      await doveadm('kick', user);
    },
    async stop() {
      lmtp.close();
      await server.stop();
    },
  };
}

async function prepare(dir: string, port: number, options: DovecotOptions): Promise<void> {
  // The mail processes run as user mail and must get through.
  await chmod(dir, 0o755);
  await mkdir(join(dir, 'tls'));
  await mkdir(join(dir, 'mail'));
  await chmod(join(dir, 'mail'), 0o777);
  await certify(join(dir, 'tls'));
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(dir, name), text);
  await writeFile(join(dir, 'dovecot.conf'), configuration(dir, port, options));
}

function configuration(dir: string, port: number, options: DovecotOptions): string {
  return `
base_dir = ${dir}/base
state_dir = ${dir}/state
instance_name = siftd-${port}
log_path = /dev/stderr
protocols = imap lmtp
ssl = yes
ssl_cert = <${dir}/tls/cert.pem
ssl_key = <${dir}/tls/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_uid = 8
mail_gid = 8
mail_location = ${options.mailLocation ?? 'sdbox:~/sdbox'}
mail_fsync = ${options.fsync ?? 'never'}
mail_max_userip_connections = 2000
default_client_limit = 8000
default_process_limit = 2500
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=8 gid=8 home=${dir}/mail/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    auto = create
    special_use = \\Junk
  }
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    address = 127.0.0.1 127.0.0.2 127.0.0.3
    port = ${port}
  }
  inet_listener imaps {
    address = 127.0.0.1 127.0.0.2 127.0.0.3
    port = ${port + 1}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port + 2}
  }
}
service imap {
  process_limit = 2500
}
protocol lmtp {
  postmaster_address = postmaster@localhost
}
local 127.0.0.2 {
  protocol imap {
    imap_capability = IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS CONDSTORE SPECIAL-USE UNSELECT
  }
}
local 127.0.0.3 {
  protocol imap {
    imap_capability = IMAP4rev1
  }
}
${(options.more ?? '').replaceAll('DIR', dir)}
`;
}
