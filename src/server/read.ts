import { hash } from 'node:crypto';
import { submissionSchema } from '../api/wire.ts';
import { limits } from '../base/limits.ts';
import type { Mail } from '../engine/engine.ts';
import { depthOf, memberTexts } from './members.ts';
import { type Problem, problem } from './problem.ts';

/** A request to classify, checked. The external values are JSON text exactly as sent; null where absent. */
export interface Submitted {
  readonly mail: Mail;
  readonly externalRef: string | null;
  readonly externalMetadata: string | null;
  /** SHA-256 of the body's bytes: what "the same request" means under one Idempotency-Key. */
  readonly fingerprint: Buffer;
}

/** Content-Type must be JSON in UTF-8 (RFC 8259 8.1), and not compressed. */
export function wrongMedia(contentType: string | null, contentEncoding: string | null): Problem | null {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const json = type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
  if (!json || (charset !== undefined && !/^"?utf-?8"?$/.test(charset))) {
    return problem(415, 'unsupported-media-type', 'Send the request as application/json in UTF-8.', {
      'accept-post': 'application/json',
    });
  }
  if (contentEncoding !== null && contentEncoding.trim().toLowerCase() !== 'identity') {
    return problem(415, 'unsupported-encoding', 'Send the body without Content-Encoding.', {
      'accept-encoding': 'identity',
    });
  }
  return null;
}

export function readSubmission(bytes: Uint8Array): Submitted | Problem {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return problem(400, 'not-json', 'The body is not valid JSON in UTF-8.');
  }
  const read = submissionSchema.safeParse(value);
  if (!read.success) {
    const issue = read.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
    return problem(400, 'invalid-request', `${where}: ${issue?.message ?? 'not as the contract says'}`);
  }
  const members = memberTexts(text);
  const externalMetadata = members.get('external_metadata') ?? null;
  if (externalMetadata !== null && depthOf(externalMetadata) > limits.server.nesting) {
    const detail = `external_metadata: at most ${limits.server.nesting} objects and lists within each other`;
    return problem(400, 'nested-too-deep', detail);
  }
  return {
    mail: read.data.mail,
    externalRef: members.get('external_ref') ?? null,
    externalMetadata,
    fingerprint: hash('sha256', bytes, 'buffer'),
  };
}

/** The key of an Idempotency-Key header, quoted as the draft wants it or bare as many clients send it. */
export function readKey(header: string | null): string | null | Problem {
  if (header === null) return null;
  const key = header.trim().replace(/^"(.*)"$/, '$1');
  if (key === '' || key.length > limits.server.idempotencyKey) {
    return problem(
      400,
      'invalid-idempotency-key',
      `Idempotency-Key must have 1 to ${limits.server.idempotencyKey} characters.`,
    );
  }
  return key;
}

/** Seconds that `Prefer: wait=N` (RFC 7240 4.3) asks for, capped; 0 without such a preference. */
export function readWait(header: string | null): number {
  for (const preference of (header ?? '').split(',')) {
    const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), limits.server.waitMax);
  }
  return 0;
}

/** The token of `Authorization: Bearer` (RFC 6750 2.1); null where there is none. */
export function readBearer(header: string | null): string | null {
  return /^Bearer +(\S+)\s*$/i.exec(header ?? '')?.[1] ?? null;
}
