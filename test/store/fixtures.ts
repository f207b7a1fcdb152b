import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

/* Databases that are kept as SQL text, so that a diff of one can be read. */

/** All of a database: its schema as it stands, its rows, its version. */
export function dump(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    const items = db
      .prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table' DESC, rowid",
      )
      .all() as {
      type: string;
      name: string;
      sql: string;
    }[];
    const lines: string[] = [];
    for (const { type, name, sql } of items) {
      lines.push(`${sql};`);
      if (type !== 'table') continue;
      const columns = db.prepare('SELECT name FROM pragma_table_info(?) ORDER BY cid').pluck().all(name) as string[];
      const values = columns.map((column) => `quote("${column}")`).join(" || ', ' || ");
      const rows = db.prepare(`SELECT ${values} FROM "${name}" ORDER BY 1`).pluck().all() as string[];
      for (const row of rows) lines.push(`INSERT INTO "${name}" VALUES (${row});`);
    }
    return `${lines.join('\n')}\nPRAGMA user_version = ${db.pragma('user_version', { simple: true })};\n`;
  } finally {
    db.close();
  }
}

/** Makes a database of a text of `dump`. */
export function load(text: string, path: string): void {
  const db = new Database(path);
  db.pragma('foreign_keys = OFF');
  db.exec(text);
  db.close();
}

/** The file of a kept database. */
export function fixture(name: 'siftd' | 'service', schema: number): URL {
  return new URL(`./fixtures/${name}-${schema}.sql`, import.meta.url);
}

export function read(file: URL): string {
  return readFileSync(file, 'utf8');
}
