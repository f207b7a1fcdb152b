import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** What a template may speak of. */
export interface Facts {
  /** The subject of the message that is answered. */
  readonly subject: string;
  /** The display name of its sender; empty where there is none that can be repeated. */
  readonly name: string;
  readonly ticket: string;
  /** The class, which is the route's name. */
  readonly class: string;
}

/** The text of an answer, and its subject. */
export interface Template {
  readonly subject: string;
  readonly body: string;
}

const placeholders = ['subject', 'name', 'ticket', 'class'] as const;
const placeholder = /\{\{([^{}]*)\}\}/g;

/** RFC 3834 3.1.5: a word that it comes from a program, and then the subject. */
const usualSubject = 'Auto: {{subject}}';

/**
 * Reads a template: a first line `Subject: ...` where another than the usual one is wanted, then the text.
 * `{{name}}` stands for a fact, `{{name|customer}}` says what to write where it is empty. There is no more to it, so that a
 * text that comes from a stranger can do nothing.
 */
export function parseTemplate(text: string): Outcome<Template> {
  if (Buffer.byteLength(text) > limits.reply.templateBytes) {
    return bad(`it is larger than ${limits.reply.templateBytes} bytes`);
  }
  if (text.includes('\uFFFD') || /[^\P{Cc}\t\r\n]/u.test(text)) return bad('it is no text in UTF-8');
  const plain = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const lines = plain.split('\n');
  for (const [index, line] of lines.entries()) {
    const fault = faultOf(line);
    if (fault !== null) return bad(`line ${index + 1}: ${fault}`);
  }
  const subject = /^subject:(.*)/i.exec(plain)?.[1]?.trim();
  const body = (subject === undefined ? plain : lines.slice(1).join('\n')).trim();
  if (subject === '') return bad('line 1: its subject is empty');
  if (body === '') return bad('it has no text');
  return ok({ subject: subject ?? usualSubject, body });
}

/** A template's text with the facts in it. What stands in a fact is never read as a placeholder. */
export function fill(text: string, facts: Facts): string {
  return text.replace(placeholder, (_all, inner: string) => {
    const { name, otherwise } = read(inner);
    const fact = placeholders.find((one) => one === name);
    return (fact === undefined ? '' : facts[fact]) || otherwise;
  });
}

function read(inner: string): { readonly name: string; readonly otherwise: string } {
  const bar = inner.indexOf('|');
  return bar < 0
    ? { name: inner.trim(), otherwise: '' }
    : { name: inner.slice(0, bar).trim(), otherwise: inner.slice(bar + 1).trim() };
}

function faultOf(line: string): string | null {
  for (const [all, inner = ''] of line.matchAll(placeholder)) {
    const { name } = read(inner);
    if (!placeholders.some((one) => one === name)) {
      const known = placeholders.map((one) => `{{${one}}}`).join(', ');
      return `${JSON.stringify(all)} is nothing that siftd knows; allowed are ${known}`;
    }
  }
  return /\{\{|\}\}/.test(line.replace(placeholder, '')) || /\{{3}|\}{3}/.test(line)
    ? 'a {{ or }} without its other half'
    : null;
}

function bad(why: string): Outcome<never> {
  return failed('permanent', 'template', why);
}
