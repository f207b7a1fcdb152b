import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { UserError } from '../base/errors.ts';
import { type Database, openDatabase } from '../base/sqlite.ts';

/* Consents of people, as OAuth 2 gives them: refresh tokens, sealed with a key that is not in the state folder. */

const migrations = [
  `CREATE TABLE consents (
     account TEXT PRIMARY KEY,
     sealed BLOB NOT NULL,     -- version, nonce, tag, and the JSON of it under AES-256-GCM
     at INTEGER NOT NULL       -- when somebody consented, or it was renewed last; by Clock.date
   ) STRICT`,
];

interface Consent {
  readonly refresh: string;
  readonly access: string | null;
  readonly expiresAt: number;
}

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Opens, and makes, the file. `key`: what the configuration's secret says, of any length. */
export class Consents {
  readonly #db: Database;
  readonly #key: string;

  constructor(path: string, key: string) {
    this.#db = openDatabase(path, migrations, { secureDelete: true });
    this.#key = key;
  }

  consent(account: string): Consent | null {
    const row = this.#db.prepare('SELECT sealed FROM consents WHERE account = ?').get(account) as
      | { sealed: Buffer }
      | undefined;
    return row === undefined ? null : this.#unseal(account, row.sealed);
  }

  /** A person has just consented: what was before does not matter any more. */
  put(account: string, consent: Consent, at: number): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO consents (account, sealed, at) VALUES (?, ?, ?)')
      .run(account, this.#seal(account, consent), at);
  }

  renew(account: string, from: Consent, to: Consent, at: number): boolean {
    const renewed = this.#db.transaction(() => {
      if (this.consent(account)?.refresh !== from.refresh) return false;
      this.put(account, to, at);
      return true;
    });
    return renewed.immediate();
  }

  /** When somebody consented, or it was renewed last; null: nobody has. */
  since(account: string): number | null {
    const row = this.#db.prepare('SELECT at FROM consents WHERE account = ?').get(account) as
      | { at: number }
      | undefined;
    return row?.at ?? null;
  }

  /** Answers whether there was one. */
  forget(account: string): boolean {
    return this.#db.prepare('DELETE FROM consents WHERE account = ?').run(account).changes === 1;
  }

  close(): void {
    this.#db.close();
  }

  #seal(account: string, consent: Consent): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(account), nonce).setAAD(Buffer.from(account));
    const text = Buffer.concat([cipher.update(JSON.stringify(consent), 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), text]);
  }

  #unseal(account: string, sealed: Buffer): Consent {
    const tagAt = 1 + nonceBytes;
    const textAt = tagAt + tagBytes;
    try {
      if (sealed[0] !== format) throw new Error('unknown format');
      const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(account), sealed.subarray(1, tagAt))
        .setAAD(Buffer.from(account))
        .setAuthTag(sealed.subarray(tagAt, textAt));
      return JSON.parse(
        decipher.update(sealed.subarray(textAt), undefined, 'utf8') + decipher.final('utf8'),
      ) as Consent;
    } catch {
      throw new UserError(`it was sealed with another key than this one: siftd auth login ${account}`);
    }
  }

  /** RFC 5869: a key for each account, so that no consent can be put in another's place. */
  #keyOf(account: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, 'siftd consents', account, 32));
  }
}
