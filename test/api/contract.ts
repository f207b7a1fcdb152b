import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClassifier, createClassifier } from '../../src/api/client.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Submission } from '../../src/triage/answer.ts';

/** One implementation of the API, ready to be asked. It answers every mail with refund_request, 0.92. */
export interface Implementation {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly url: string;
  readonly company: string;
  readonly orchestrator: string;
  readonly token: string;
  close(): Promise<void>;
}

const never = new AbortController().signal;
export const words = { high: 0.95, medium: 0.7, low: 0.3 };

export function clientOf(api: Implementation, more: { token?: string; orchestrator?: string } = {}): ApiClassifier {
  const { fetch, url: baseUrl, company, orchestrator, token } = { ...api, ...more };
  return createClassifier({ fetch, baseUrl, company, orchestrator, token, concurrency: 8, words, clock: systemClock });
}

export function submissionOf(ref: string, more: Partial<Submission> = {}): Submission {
  return {
    subject: 'Wrong size',
    body: 'The shoes are too small. I would like my money back.',
    externalRef: ref,
    externalMetadata: { thread_id: ref, folder: 'INBOX', account: 'support' },
    key: `key-of-${ref.replace(/\W/g, '')}`,
    ...more,
  };
}

/** What any server of the contract does, as far as a client may rely on it. */
export function contractSuite(name: string, open: () => Promise<Implementation>): void {
  describe(`the contract, kept by ${name}`, () => {
    let api: Implementation;
    let path: string;
    beforeAll(async () => {
      api = await open();
      path = `${api.url}/api/companies/${api.company}/orchestrators/${api.orchestrator}/classification-async`;
    });
    afterAll(() => api.close());

    const mail = { subject: 'Hello', body: 'World' };
    const headers = () => ({ authorization: `Bearer ${api.token}`, 'content-type': 'application/json' });
    const post = (body: unknown, more: Record<string, string> = {}) =>
      api.fetch(path, { method: 'POST', headers: { ...headers(), ...more }, body: JSON.stringify(body) });
    const get = (cuid: string, more: Record<string, string> = {}) =>
      api.fetch(`${path}/${cuid}`, { method: 'GET', headers: { ...headers(), ...more } });
    async function started(body: unknown, more: Record<string, string> = {}): Promise<string> {
      const response = await post(body, more);
      expect(response.status).toBe(200);
      const answer = (await response.json()) as { process_cuid: string };
      expect(answer.process_cuid).toMatch(/^[a-z][a-z0-9]{11}$/);
      return answer.process_cuid;
    }
    async function ended(cuid: string): Promise<unknown> {
      const response = await get(cuid, { prefer: 'wait=30' });
      expect(response.status).toBe(200);
      expect(response.headers.get('preference-applied')).toBe('wait=30');
      return await response.json();
    }

    it('classifies what our client submits and answers with its own words back', async () => {
      const client = clientOf(api);
      const accepted = await client.submit(submissionOf('<one@example.com>'), never);
      if (!accepted.ok) throw new Error(accepted.fault.message);
      await ended(accepted.value.processCuid);
      expect(await client.result(accepted.value.processCuid, '<one@example.com>', never)).toMatchObject({
        ok: true,
        value: { status: 'completed', classification: 'refund_request', confidence: 0.92 },
      });
    });

    it('returns the external values, tells null from absent, and completes without them', async () => {
      const result = { classification: 'refund_request', confidence: 0.92 };
      for (const external of [
        {},
        { external_ref: null, external_metadata: null },
        { external_ref: '<äöü "quoted"@example.com>', external_metadata: { deep: [{ a: null }], ü: '\u2028' } },
      ]) {
        expect(await ended(await started({ mail, ...external }))).toStrictEqual({
          status: 'completed',
          result,
          ...external,
        });
      }
    });

    it('starts one process for one Idempotency-Key, and refuses another body under it', async () => {
      const key = { 'idempotency-key': '"a-key-of-the-suite"' };
      const cuids = await Promise.all([1, 2, 3].map(() => started({ mail, external_ref: 'one' }, key)));
      expect(new Set(cuids).size).toBe(1);
      expect((await post({ mail, external_ref: 'two' }, key)).status).toBe(422);
      expect(await started({ mail, external_ref: 'one' })).not.toBe(cuids[0]);
    });

    it('answers the synchronous endpoint with the result itself', async () => {
      const url = path.replace(/-async$/, '');
      const response = await api.fetch(url, { method: 'POST', headers: headers(), body: JSON.stringify({ mail }) });
      expect(await response.json()).toEqual({ classification: 'refund_request', confidence: 0.92 });
    });

    it('says no with the right status', async () => {
      expect((await api.fetch(path, { method: 'POST', body: '{}' })).status).toBe(401);
      expect((await post({ mail }, { authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await get('a2345678901b', { authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await get('a2345678901b')).status).toBe(404);
      expect((await post({ mail: { subject: 1, body: 'x' } })).status).toBe(400);
      expect((await post({})).status).toBe(400);
      expect((await post(null)).status).toBe(400);
      const broken = { method: 'POST', headers: headers(), body: '{"mail":' };
      expect((await api.fetch(path, broken)).status).toBe(400);
      expect((await post({ mail }, { 'content-type': 'text/plain' })).status).toBe(415);
    });

    it('is understood by our client where it says no', async () => {
      const fault = async (more: { token?: string; orchestrator?: string }) => {
        const answer = await clientOf(api, more).submit(submissionOf('<no@example.com>'), never);
        return answer.ok ? null : `${answer.fault.kind} ${answer.fault.code}`;
      };
      expect(await fault({ token: 'wrong' })).toBe('unauthorized http-401');
      expect(await fault({ orchestrator: 'another' })).toBe('unauthorized http-404');
      expect(await clientOf(api).result('a2345678901b', '<no@example.com>', never)).toEqual({
        ok: true,
        value: { status: 'lost' },
      });
    });
  });
}
