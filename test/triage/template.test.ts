import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { type Facts, fill, parseTemplate, type Template } from '../../src/triage/template.ts';

const facts: Facts = { subject: 'My refund', name: 'Carol', ticket: '7K3M9-QZT4B', class: 'refund_request' };

function template(text: string): Template {
  const parsed = parseTemplate(text);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.value;
}

test('a template with a subject, and one without', () => {
  const written = 'Subject: [{{ticket}}] {{subject}}\r\n\r\nDear {{ name }},\r\n\r\nwe look at your {{class}}.\r\n';
  expect(template(written)).toEqual({
    subject: '[{{ticket}}] {{subject}}',
    body: 'Dear {{ name }},\n\nwe look at your {{class}}.',
  });
  expect(fill(template(written).subject, facts)).toBe('[7K3M9-QZT4B] My refund');
  expect(fill(template(written).body, facts)).toBe('Dear Carol,\n\nwe look at your refund_request.');
  expect(template('\uFEFFHello {{name}}')).toEqual({ subject: 'Auto: {{subject}}', body: 'Hello {{name}}' });
});

test('what to write where a fact is empty', () => {
  expect(fill('Dear {{name|customer}}, {{ name | friend }}, {{name}}.', { ...facts, name: '' })).toBe(
    'Dear customer, friend, .',
  );
  expect(fill('Dear {{name|customer}}', facts)).toBe('Dear Carol');
});

test('what a stranger writes is not read as a template', () => {
  expect(fill('About {{subject}}: {{ticket}}', { ...facts, subject: '{{ticket}} $& $1 {{class}}' })).toBe(
    'About {{ticket}} $& $1 {{class}}: 7K3M9-QZT4B',
  );
});

test.for([
  ['Hello {{nmae}}', /^line 1: "{{nmae}}" is nothing that siftd knows; allowed are {{subject}}, {{name}}/],
  ['Hello\n{{body}}', /^line 2: "{{body}}"/],
  ['Hello {{constructor}}', /constructor/],
  ['Hello {{}}', /is nothing/],
  ['Hello {{name', /without its other half/],
  ['Hello name}}', /without its other half/],
  ['Hello {{{name}}}', /without its other half/],
  ['Subject: {{date}}\n\nHello', /^line 1: "{{date}}"/],
  ['Subject:\n\nHello', /its subject is empty/],
  ['Subject: Hello\n\n', /it has no text/],
  ['', /it has no text/],
  ['Hello\0', /no text in UTF-8/],
  ['Hello \uFFFD', /no text in UTF-8/],
  ['x'.repeat(limits.reply.templateBytes + 1), /larger than/],
] as const)('a template that is none: %j', ([text, why]) => {
  const parsed = parseTemplate(text);
  expect(parsed.ok ? null : parsed.fault).toMatchObject({ kind: 'permanent', message: expect.stringMatching(why) });
});
