import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { openDatabase } from '../../src/base/sqlite.ts';
import { migrations } from '../../src/server/processes.ts';
import { HandClock } from '../api/clock.ts';
import {
  accepted,
  codeOf,
  company,
  createHouse,
  endedText,
  FakeEngine,
  get,
  type House,
  mail,
  orchestrator,
  path,
  post,
  rows,
  SlowEngine,
  token,
} from './service.ts';

let house: House;
beforeEach(() => {
  house = createHouse();
});
afterEach(() => house.close());

const turn = () => new Promise((resolve) => setImmediate(resolve));
const status = async (response: Response | Promise<Response>) =>
  ((await (await response).json()) as { status: string }).status;

describe('a process', () => {
  it('is told as started until its engine has answered, then as completed', async () => {
    const engine = new SlowEngine();
    const service = house.open(engine);
    const cuid = await accepted(post(service, { mail }));
    expect(await (await get(service, cuid)).json()).toEqual({ status: 'started', result: null });
    await engine.asked(1);
    engine.release();
    expect(JSON.parse(await endedText(service, cuid))).toEqual({
      status: 'completed',
      result: { classification: 'refund_request', confidence: 0.92 },
    });
  });

  it('ends after a restart, once, if it had not before', async () => {
    const before = house.open(new SlowEngine());
    const cuids = await Promise.all(Array.from({ length: 100 }, () => accepted(post(before, { mail }))));
    await before.stop();
    const engine = new FakeEngine();
    const after = house.open(engine);
    for (const cuid of cuids) expect(await endedText(after, cuid)).toContain('"completed"');
    expect(engine.seen).toHaveLength(100);
  });

  it('is failed when its engine throws every time, or says what it never promised', async () => {
    const clock = new HandClock();
    const engine = new FakeEngine();
    const service = house.open(engine, { clock });
    const answers = [
      () => FakeEngine.says('unheard_of', 0.9),
      () => FakeEngine.says('spam', Number.NaN),
      () => FakeEngine.says('spam', 7),
    ];
    for (const answer of [...answers, () => Promise.reject(new Error('no'))]) {
      engine.answer = answer;
      engine.seen.length = 0;
      const cuid = await accepted(post(service, { mail }));
      while ((await status(get(service, cuid))) === 'started') {
        clock.advance(limits.server.retryDelay);
        await turn();
      }
      expect(await (await get(service, cuid)).json()).toEqual({ status: 'failed', result: null });
      expect(engine.seen).toHaveLength(limits.server.tries);
    }
  });

  it('is completed by an engine that only throws at first', async () => {
    const clock = new HandClock();
    const engine = new FakeEngine();
    engine.answer = () => {
      engine.answer = () => FakeEngine.says('spam', 0.5);
      throw new Error('not yet');
    };
    const service = house.open(engine, { clock });
    const cuid = await accepted(post(service, { mail }));
    await vi.waitUntil(() => clock.sleepers === 2);
    clock.advance(limits.server.retryDelay);
    expect(await endedText(service, cuid)).toContain('"spam"');
  });

  it('is kept for the retention, then it and its key are unknown', async () => {
    const clock = new HandClock();
    const service = house.open(new FakeEngine(), { clock, retention: 1000 });
    const key = { headers: { 'idempotency-key': 'k' } };
    const cuid = await accepted(post(service, { mail }, key));
    await endedText(service, cuid);
    clock.advance(1000);
    expect((await get(service, cuid)).status).toBe(200);
    clock.advance(1);
    expect(await codeOf(get(service, cuid))).toBe('404 no-such-process');
    clock.advance(limits.server.sweep);
    await vi.waitUntil(() => rows(house, 'processes') === 0);
    expect(await accepted(post(service, { mail }, key))).not.toBe(cuid);
  });

  it('is told alike whenever it is asked for, and to its own orchestrator only', async () => {
    const clock = new HandClock();
    const orchestrators = { [orchestrator]: { engine: new FakeEngine() }, other: { engine: null } };
    const companies = { [company]: { tokens: [token], orchestrators } };
    const service = house.open(null, { clock, retention: 1000, companies });
    const whole = { mail, external_ref: 'r', external_metadata: { n: 1 } };
    const [cuid, unasked] = [await accepted(post(service, whole)), await accepted(post(service, whole))];
    await vi.waitUntil(() => rows(house, 'mails') === 0);
    await turn();
    const elsewhere = `http://service.invalid/api/companies/${company}/orchestrators/other/classification-async/${cuid}`;
    expect((await service.fetch(elsewhere, { headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
    const said = async () => {
      const answer = await get(service, cuid);
      return [await answer.text(), ...answer.headers];
    };
    const first = await said();
    expect(first[0]).toContain('"external_ref":"r","external_metadata":{"n":1}');
    expect(await said()).toEqual(first);
    clock.advance(1001);
    expect(await codeOf(get(service, unasked))).toBe('404 no-such-process');
  });

  it('of an orchestrator that is configured no more goes with the retention, others wait as long as it takes', async () => {
    const clock = new HandClock();
    const other = '/api/companies/c4ompanycuid/orchestrators/gone/classification-async';
    const orchestrators = { [orchestrator]: { engine: new SlowEngine() }, gone: { engine: new SlowEngine() } };
    const before = house.open(null, { clock, companies: { [company]: { tokens: [token], orchestrators } } });
    await accepted(post(before, { mail }, {}, other));
    await accepted(post(before, { mail }));
    const stopped = before.stop();
    clock.advance(limits.server.drain);
    await stopped;
    clock.advance(8 * 86_400_000);
    const service = house.open(null, { clock });
    await vi.waitUntil(() => rows(house, 'processes') === 1);
    expect(rows(house, 'mails')).toBe(1);
    service.setEngine(company, orchestrator, new FakeEngine());
    await vi.waitUntil(() => rows(house, 'mails') === 0);
  });

  it('leaves nothing of its mail behind', async () => {
    const engine = new SlowEngine();
    const service = house.open(engine);
    const secret = {
      subject: 'Zebrafish-subject',
      body: `Zebrafish-body ${'long enough for overflow pages '.repeat(2000)}`,
    };
    const cuid = await accepted(post(service, { mail: secret }));
    expect(rows(house, 'mails')).toBe(1);
    const holds = () =>
      readdirSync(house.folder).filter((name) => readFileSync(join(house.folder, name)).includes('Zebrafish'));
    expect(holds()).not.toEqual([]);
    await engine.asked(1);
    engine.release();
    await endedText(service, cuid);
    expect(rows(house, 'mails')).toBe(0);
    await service.stop();
    expect(holds()).toEqual([]);
  });

  it('that was accepted is on the disk in one commit with all others of the same turn', async () => {
    const service = house.open(new SlowEngine());
    await turn();
    const commits = () => {
      // A frame that ends a transaction says so (https://sqlite.org/fileformat.html#wal_file_format).
      const log = readFileSync(`${house.file}-wal`);
      const page = log.length === 0 ? 0 : log.readUInt32BE(8);
      let count = 0;
      for (let at = 32; page > 0 && at + 24 <= log.length; at += 24 + page) if (log.readUInt32BE(at + 4) > 0) count++;
      return count;
    };
    const before = commits();
    await Promise.all(Array.from({ length: 50 }, () => accepted(post(service, { mail }))));
    expect(rows(house, 'processes')).toBe(50);
    expect(commits() - before).toBeLessThan(10);
  });
});

describe('an Idempotency-Key', () => {
  it('answers the same process across restarts, quoted or not, even when the queue is full', async () => {
    const body = { mail, external_ref: 'r' };
    const before = house.open(new SlowEngine(), { queue: 1 });
    const cuid = await accepted(post(before, body, { headers: { 'idempotency-key': '"k-1"' } }));
    expect(await codeOf(post(before, body))).toBe('429 queue-full');
    expect(await accepted(post(before, body, { headers: { 'idempotency-key': 'k-1' } }))).toBe(cuid);
    await before.stop();
    const after = house.open(new SlowEngine(), { queue: 1 });
    expect(await accepted(post(after, body, { headers: { 'idempotency-key': 'k-1' } }))).toBe(cuid);
    const other = post(after, { ...body, external_ref: 's' }, { headers: { 'idempotency-key': 'k-1' } });
    expect(await codeOf(other)).toBe('422 idempotency-key-reused');
    expect(rows(house, 'processes')).toBe(1);
  });

  it('counts once among requests of the same instant', async () => {
    const service = house.open(new FakeEngine());
    const asking = { headers: { 'idempotency-key': 'k' } };
    const cuids = await Promise.all(Array.from({ length: 20 }, () => accepted(post(service, { mail }, asking))));
    expect(new Set(cuids).size).toBe(1);
  });

  it.each(['', '""', 'k'.repeat(limits.server.idempotencyKey + 1)])(
    'is refused where it is no key: %j',
    async (key) => {
      const service = house.open(new FakeEngine());
      expect(await codeOf(post(service, { mail }, { headers: { 'idempotency-key': key } }))).toBe(
        '400 invalid-idempotency-key',
      );
    },
  );
});

describe('a disk that takes no more', () => {
  /** Every write of that kind fails, as on a full disk, until the answer is called. */
  function refusing(what: 'INSERT ON processes' | 'UPDATE ON processes'): () => void {
    const db = openDatabase(house.file, migrations);
    db.exec(`CREATE TRIGGER full BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    return () => {
      db.exec('DROP TRIGGER full');
      db.close();
    };
  }

  it('accepts nothing that it cannot keep, says so, and goes on when there is room', async () => {
    const service = house.open(new FakeEngine());
    const room = refusing('INSERT ON processes');
    const answers = await Promise.all(Array.from({ length: 5 }, () => codeOf(post(service, { mail }))));
    expect(new Set(answers)).toEqual(new Set(['503 not-stored']));
    expect(await codeOf(service.fetch('http://x/readyz'))).toBe('503 not-stored');
    room();
    expect(await endedText(service, await accepted(post(service, { mail })))).toContain('"completed"');
    expect(await codeOf(service.fetch('http://x/readyz'))).toBe('200');
    expect(rows(house, 'processes')).toBe(1);
  });

  it('keeps a result until it can be stored, without asking the engine again', async () => {
    const clock = new HandClock();
    const engine = new FakeEngine();
    const service = house.open(engine, { clock });
    const room = refusing('UPDATE ON processes');
    const cuid = await accepted(post(service, { mail }));
    await vi.waitUntil(() => clock.sleepers === 2);
    expect(await status(get(service, cuid))).toBe('started');
    room();
    clock.advance(limits.server.retryDelay);
    expect(await endedText(service, cuid)).toContain('"completed"');
    expect(engine.seen).toHaveLength(1);
  });
});

describe('an engine', () => {
  it('that is missing is said with 503 until there is one, which takes up what waited', async () => {
    const service = house.open(null);
    const refused = await post(service, { mail });
    expect(refused.headers.get('retry-after')).toBe(String(limits.server.retryAfter / 1000));
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await codeOf(refused)).toBe('503 no-model');
    const synchronous = path.replace('-async', '');
    expect(await codeOf(post(service, { mail }, {}, synchronous))).toBe('503 no-model');

    const first = new SlowEngine();
    service.setEngine(company, orchestrator, first);
    const begun = await accepted(post(service, { mail }));
    await first.asked(1);
    const second = new FakeEngine();
    second.answer = () => FakeEngine.says('spam', 1);
    service.setEngine(company, orchestrator, second);
    expect(await endedText(service, await accepted(post(service, { mail })))).toContain('"spam"');
    first.release();
    expect(await endedText(service, begun)).toContain('"refund_request"');
    expect(() => service.setEngine(company, 'unknown', second)).toThrow(/no orchestrator/);
  });

  it('works on so many at a time, in the order of acceptance', async () => {
    const engine = new SlowEngine();
    const service = house.open(engine);
    const subjects = Array.from({ length: 3 * limits.server.inFlight }, (_, n) => `s${n}`);
    for (const subject of subjects) await accepted(post(service, { mail: { ...mail, subject } }));
    await engine.asked(limits.server.inFlight);
    while (engine.seen.length < subjects.length || engine.waiting > 0) {
      engine.release();
      await turn();
    }
    await vi.waitUntil(() => rows(house, 'mails') === 0);
    expect(engine.seen.map(({ subject }) => subject)).toEqual(subjects);
  });

  it('that fails or is asked too much says so at once where one waits for it', async () => {
    const engine = new SlowEngine();
    const service = house.open(engine);
    const synchronous = path.replace('-async', '');
    const asked = Array.from({ length: limits.server.inFlight }, () => post(service, { mail }, {}, synchronous));
    await engine.asked(limits.server.inFlight);
    expect(await codeOf(post(service, { mail }, {}, synchronous))).toBe('429 busy');
    engine.release();
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
    engine.answer = () => Promise.reject(new Error('no'));
    expect(await codeOf(post(service, { mail }, {}, synchronous))).toBe('503 engine-failed');
    expect(rows(house, 'processes')).toBe(0);
  });
});
