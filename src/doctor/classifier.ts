import { randomUUID } from 'node:crypto';
import type { ApiClassifier } from '../api/client.ts';
import type { Clock } from '../base/clock.ts';
import type { Fault, Outcome } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Answer } from '../triage/answer.ts';
import { broken, type Check, doubtful, parted, passed, untried } from './check.ts';
import { clockCheck } from './clock.ts';

/** An API as one or several accounts ask it. */
export interface Asked {
  /** Host and port, as a person knows it. */
  readonly server: string;
  readonly accounts: readonly string[];
  /** null: its token could not be read. */
  readonly classifier: Pick<ApiClassifier, 'submit' | 'result'> | null;
  /** How far the API's clock is ahead of ours, by its last answer; null: it said no time. */
  readonly ahead: () => number | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const where = 'check classifier.url, the network and the firewall';

/** Asks about one message of our own, as the daemon would. */
export async function askOnce(asked: Asked): Promise<Check[]> {
  const { classifier, clock, signal, server } = asked;
  if (classifier === null) {
    const lacking = 'its token could not be read';
    return [untried('api', lacking), untried('token', lacking), untried('answer', lacking)];
  }
  const began = clock.now();
  const id = randomUUID();
  const externalRef = `<doctor.${id}@siftd.invalid>`;
  const accepted = await classifier.submit(
    {
      key: id,
      subject: 'siftd doctor: a test message',
      body: 'Hello,\n\nI would like my money back for the order that never came.\n\nKind regards',
      externalRef,
      externalMetadata: { thread_id: externalRef, folder: 'INBOX', account: asked.accounts[0] ?? '' },
    },
    signal,
  );
  if (!accepted.ok) return [...refusedChecks(accepted.fault, server), ...timed(asked)];
  const answer = await ended(asked, accepted.value.processCuid, externalRef, began);
  return [
    passed('api', `${server} answers`),
    passed('token', 'it is accepted'),
    answerCheck(answer, clock.now() - began),
    ...timed(asked),
  ];
}

function timed({ ahead, server }: Asked): Check[] {
  const by = ahead();
  return by === null ? [] : [clockCheck(server, by)];
}

/** null: not within the time that it has. */
async function ended(asked: Asked, process: string, ref: string, began: number): Promise<Outcome<Answer> | null> {
  const { classifier, clock, signal } = asked;
  if (classifier === null) return null;
  // Servers that hold the answer need no other time.
  let wait = 0;
  let last: Outcome<Answer> | null = null;
  while (clock.now() - began < limits.doctor.answer && !signal.aborted) {
    await clock.sleep(wait, signal);
    wait = Math.min(Math.max(limits.api.pollMin, wait * 1.5), limits.api.pollMax);
    last = await classifier.result(process, ref, signal);
    const over = last.ok ? last.value.status !== 'started' : last.fault.kind !== 'temporary';
    if (over) return last;
  }
  return last?.ok === false ? last : null;
}

/** Why nothing was accepted, at the stage where it failed. */
function refusedChecks(fault: Fault, server: string): Check[] {
  const { code, kind } = fault;
  const [detail, remedy] = parted(fault.message, where);
  const lacking = (ids: readonly ('token' | 'answer')[], what: string) => ids.map((id) => untried(id, `${what}`));
  if (code === 'network' || code === 'timeout' || code === 'aborted') {
    return [broken('api', `${detail} at ${server}`, hintOf(detail)), ...lacking(['token', 'answer'], 'no API')];
  }
  if (code === 'no-answer' || code === 'http-404' || code === 'http-405' || /^http-3/.test(code)) {
    const other = `${detail}: this is not the API, or not its address`;
    const check = remedy === where ? where : `check ${remedy.replace(/^.*?see /, '')}`;
    return [broken('api', other, check), ...lacking(['token', 'answer'], 'no API')];
  }
  const api = passed('api', `${server} answers`);
  if (kind === 'unauthorized') {
    const check =
      'put a valid token where classifier.token (or the account’s classifier.token, or classifier.headers) reads it';
    return [api, broken('token', detail, check), ...lacking(['answer'], 'no token that is accepted')];
  }
  const token = untried('token', 'it was not refused');
  if (code === 'http-429') return [api, token, doubtful('answer', detail, 'ask less: classifier.rate; or wait')];
  return [api, token, broken('answer', detail, 'ask whoever runs the API')];
}

function hintOf(detail: string): string {
  if (/ENOTFOUND|EAI_/.test(detail)) return 'its host has no address: check classifier.url and the name server';
  return /CERT|SELF_SIGNED|UNABLE_TO/.test(detail)
    ? 'its certificate is not trusted: have it renewed, or name its authority by NODE_EXTRA_CA_CERTS'
    : where;
}

function answerCheck(answer: Outcome<Answer> | null, took: number): Check {
  const time = `${(took / 1000).toFixed(1)} s`;
  if (answer === null) {
    return broken(
      'answer',
      `it was accepted, and not answered within ${time}`,
      'ask whoever runs the API whether it works on what it accepts',
    );
  }
  if (!answer.ok) {
    const [detail] = parted(answer.fault.message, '');
    return broken('answer', `it was accepted, but ${detail}`, 'ask whoever runs the API');
  }
  switch (answer.value.status) {
    case 'completed': {
      const { classification, confidence } = answer.value;
      return passed('answer', `${classification}, confidence ${confidence.toFixed(2)}, after ${time}`);
    }
    case 'lost':
      return broken(
        'answer',
        'it was accepted, and then the API did not know it',
        'do its machines share what they accept? ask whoever runs the API',
      );
    default:
      return broken(
        'answer',
        'the API says that it failed',
        'ask whoever runs the API why; siftd files such messages by its failed way',
      );
  }
}

/** What the service inside siftd answers by. */
export type ModelFacts =
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly why: string }
  | {
      readonly state: 'there';
      readonly version: string;
      readonly labels: readonly string[];
      /** What it says of a test message. */
      readonly answer: { readonly label: string; readonly confidence: number };
    };

/** `routes`: what it was to learn. */
export function modelChecks(facts: ModelFacts, accounts: readonly string[], routes: readonly string[]): Check[] {
  const least = limits.engine.minExamples;
  const subject = accounts.join(', ');
  if (facts.state === 'missing') {
    const detail = `there is none yet: siftd learns when it starts, from ${least} sorted messages in each of two folders`;
    return [
      doubtful('model', detail, 'start siftd run; or siftd train, which says how good it is', subject),
      untried('answer', 'no model'),
    ];
  }
  if (facts.state === 'damaged') {
    return [
      broken('model', facts.why, 'siftd train makes it anew, siftd train --rollback takes the one before', subject),
      untried('answer', 'no model'),
    ];
  }
  const { label, confidence } = facts.answer;
  const answer = passed('answer', `${label}, confidence ${confidence.toFixed(2)}`, subject);
  const unknown = routes.filter((route) => !facts.labels.includes(route));
  const known = `${facts.version}, ${facts.labels.length} classes`;
  if (unknown.length === 0) return [passed('model', known, subject), answer];
  const detail = `${known}; it never answers ${unknown.join(', ')}: too few examples`;
  return [
    doubtful('model', detail, `sort ${least} messages into each one’s folder, then siftd train`, subject),
    answer,
  ];
}
