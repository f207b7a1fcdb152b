import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Consents } from '../../src/store/consents.ts';

const consent = { refresh: 'the refresh token', access: 'the access token', expiresAt: 1000 };
let folder: string;
let file: string;
let consents: Consents;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-consents-'));
  file = join(folder, 'consents.db');
  consents = new Consents(file, 'the seal');
});
afterEach(() => {
  consents.close();
  rmSync(folder, { recursive: true });
});

it('keeps a consent, and of a renewal only one that grew from it', () => {
  expect(consents.consent('a')).toBeNull();
  consents.put('a', consent, 1);
  expect(consents.consent('a')).toEqual(consent);
  const renewed = { ...consent, refresh: 'the next one' };
  expect(consents.renew('a', consent, renewed, 2)).toBe(true);
  expect(consents.renew('a', consent, { ...consent, refresh: 'a late one' }, 3)).toBe(false);
  expect(consents.consent('a')).toEqual(renewed);
  expect(consents.since('a')).toBe(2);
  expect([consents.forget('a'), consents.forget('a')]).toEqual([true, false]);
});

it('is nothing to whoever has the file and not the seal', () => {
  consents.put('a', consent, 1);
  consents.close();
  expect(readFileSync(file).includes('token')).toBe(false);
  consents = new Consents(file, 'another seal');
  expect(() => consents.consent('a')).toThrow(/sealed with another key than this one: siftd auth login a/);
});

it('opens no other account, if somebody puts it in its place', () => {
  consents.put('a', consent, 1);
  const db = new Database(file);
  db.prepare("INSERT INTO consents SELECT 'b', sealed, at FROM consents").run();
  db.close();
  expect(() => consents.consent('b')).toThrow(/another key/);
  expect(consents.consent('a')).toEqual(consent);
});
