import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { bodyOf, type Texts } from '../../src/mail/body.ts';
import { capped, oneLine, type TextOptions } from '../../src/mail/text.ts';

const keep: TextOptions = { limit: 20_000, quotes: 'keep' };
const strip: TextOptions = { limit: 20_000, quotes: 'strip' };
const body = (texts: Partial<Texts>, options = keep): string =>
  bodyOf({ plain: '', html: '', attachments: [], ...texts }, options);

describe('plain text', () => {
  test.each([
    ['line ends of every kind', 'a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
    ['runs of spaces, tabs and no-break spaces', 'a \t\u00A0 b  \nc', 'a b\nc'],
    ['more than one empty line', 'a\n\n\n \n\nb', 'a\n\nb'],
    ['NUL and other control characters', 'a\0b\x1B[31mc\x9Bd\x7F', 'ab[31mcd'],
    ['what senders pad previews with', 'a\u034F\u200B\u00AD\uFEFFb', 'ab'],
    ['half of a surrogate pair', 'a\uD83Db', 'a\uFFFDb'],
  ])('is told without %s', (_what, plain, expected) => {
    expect(body({ plain })).toBe(expected);
  });

  test('counts, and HTML does not, where there are both', () => {
    expect(body({ plain: 'plain', html: '<p>other</p>' })).toBe('plain');
  });

  test('that is only a stub gives way to far more HTML, and is not lost where it says something else', () => {
    const html = `<p>${'The invoice is wrong. '.repeat(30)}</p>`;
    expect(body({ plain: 'See the HTML.', html })).toBe(
      `See the HTML.\n\n${'The invoice is wrong. '.repeat(30).trim()}`,
    );
    expect(body({ plain: 'The invoice is wrong.', html })).toBe('The invoice is wrong. '.repeat(30).trim());
  });
});

describe('a message without text', () => {
  test('is told by its attachments', () => {
    expect(body({ plain: ' \n', html: '<p> </p>', attachments: ['bill.pdf', 'photo\n1.jpg'] })).toBe(
      '(no text) Attachments: bill.pdf, photo 1.jpg',
    );
    expect(body({})).toBe('(no text)');
  });

  test('names a bounded number of them', () => {
    const attachments = Array.from({ length: limits.message.attachmentNames + 7 }, (_, index) => `${index}.pdf`);
    expect(body({ attachments })).toMatch(/ 19\.pdf and 7 more$/);
    expect(body({ attachments: ['x'.repeat(100_000)] }).length).toBeLessThan(400);
  });
});

describe('HTML', () => {
  test.each([
    ['paragraphs', '<p>a</p><p>b<p>c', 'a\n\nb\n\nc'],
    ['line breaks', 'a<br>b<BR/>c<hr>d', 'a\nb\nc\nd'],
    ['headings as they are written', '<h1>Title</h1>text', 'Title\n\ntext'],
    ['lists', '<ul><li>a<li>b<ol><li>c</ol></ul>', '- a\n- b\n 1. c'],
    ['table rows as lines and cells apart', '<table><tr><td>a<td>b<tr><td>c</td><td>d</td></table>', 'a b\nc d'],
    ['quotations behind >', 'a<blockquote>b<br>c</blockquote>d', 'a\n> b\n> c\nd'],
    ['preformatted text', '<pre>a\n  b</pre>', 'a\n b'],
    ['entities', '&lt;b&gt; &amp;amp; &euro;&#8364;&#xD800;', '<b> &amp; €€\uFFFD'],
    ['a lone < as text', '1 < 2 </ 3 <4 <', '1 < 2 </ 3 <4 <'],
    ['links by their words', '<a href="https://example.com/?a=b">here</a>', 'here'],
    ['images by their words', 'a<img alt="a > b" src=x>b<img>', 'a a > b b'],
    ['inline elements', 'a<b>b</b><font color=red>c</font>', 'abc'],
    ['an attribute that looks like markup', '<div title="</div><p>x">a</div>', 'a'],
  ])('shows %s', (_what, html, expected) => {
    expect(body({ html })).toBe(expected);
  });

  test.each([
    ['styles and scripts', '<style>p > a {}</style>a<SCRIPT>if (a<b) "</p>"</SCRIPT>b', 'ab'],
    ['the title', '<head><title>t</title></head>a', 'a'],
    [
      'comments, conditional ones too',
      'a<!-- b --><!--[if mso]><p>c</p><![endif]--><![if !mso]>d<![endif]><!-->e',
      'ade',
    ],
    ['no more than itself in a comment that is never closed', '<!-- a -->b<!--#rotate>c<p>d', 'bc\n\nd'],
    ['processing instructions', '<?xml version="1.0"?><!DOCTYPE html>a', 'a'],
    ['a tag that never ends', 'a<p title="b', 'a'],
  ])('hides %s', (_what, html, expected) => {
    expect(body({ html })).toBe(expected);
  });

  test('beyond its limit is not read', () => {
    const shown = body(
      { html: `${'x'.repeat(limits.parse.html)}<p>end</p>` },
      { ...keep, limit: 2 * limits.parse.html },
    );
    expect(shown).toHaveLength(limits.parse.html);
  });

  test('beyond its limit counts as markup, not as text', () => {
    expect(body({ html: `${'<i></i> '.repeat(limits.parse.html / 8)}<p>end</p>` })).toBe('(no text)');
  });

  test('indents a few levels of quotation, and keeps the text of all', () => {
    const deepest = '> '.repeat(limits.parse.indents);
    expect(body({ html: `${'<blockquote>'.repeat(50)}a` })).toBe(`${deepest}a`);
  });

  // The work is what is bounded: each of these took minutes, overflowed the stack or grew to gigabytes if done plainly.
  const many = limits.parse.html;
  test.each([
    ['elements nested without end', '<div>'.repeat(many / 5)],
    ['inline elements nested without end', '<b>'.repeat(many / 3)],
    ['quotations nested without end', `${'<blockquote>'.repeat(1000)}${'a<br>'.repeat(many / 5)}`],
    ['lists nested without end', '<ul><li>a'.repeat(many / 9)],
    ['tables nested without end', '<table><tr><td>a'.repeat(many / 16)],
    ['cells that never end', '<td><li>a'.repeat(many / 9)],
    ['tags that never end', '<a b="'.repeat(many / 6)],
    ['angle brackets', '<'.repeat(many)],
    ['comments that never end', '<!--'.repeat(many / 4)],
    ['attributes without end', `<a ${'b=c '.repeat(many / 4)}`],
    ['end tags without a start', '</p>a'.repeat(many / 5)],
    ['paragraphs', '<p>a'.repeat(many / 4)],
  ])('of %s is converted', (_what, html) => {
    const shown = body({ html }, strip);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThanOrEqual(strip.limit);
  });

  test('nested deeper than anybody writes keeps the text of all levels', () => {
    const deep = Array.from({ length: 500 }, (_, level) => `<div>level${level} `).join('');
    const shown = body({ html: deep });
    expect(shown).toContain('level0');
    expect(shown).toContain('level499');
  });
});

describe('quotes: strip', () => {
  const mail = (...lines: string[]): string => lines.join('\n');
  test.each([
    [
      'lines behind > with their introduction',
      mail('Yes.', '', 'On Mon, 4 Mar 2024 at 10:15, Ann <ann@example.com> wrote:', '> a', '>', '> b'),
    ],
    [
      'an introduction over three lines',
      mail('Yes.', '', 'On Mon, 4 Mar 2024 at 10:15,', 'Ann Example', '<ann@example.com> wrote:', '', '> a'),
    ],
    ['a German introduction', mail('Yes.', '', 'Am 04.03.24 um 10:15 schrieb Ann Example:', '> a')],
    ['a French one', mail('Yes.', '', 'Le lun. 4 mars 2024 à 10:15, Ann a écrit\u00A0:', '> a')],
    ['an introduction that begins with a name', mail('Yes.', '', 'Ann Example schrieb am 4. März:', '> a')],
    ['an introduction whose quotation is not marked', mail('Yes.', '', 'On Mon, 4 Mar 2024, Ann wrote:', '', 'a', 'b')],
    ["Outlook's separator", mail('Yes.', '', '-----Original Message-----', 'From: Ann', 'a')],
    ['its German one', mail('Yes.', '', '-----Ursprüngliche Nachricht-----', 'a')],
    [
      'a header block in English',
      mail('Yes.', '', 'From: Ann <a@b>', 'Sent: Monday', 'To: Bob', 'Subject: x', '', 'a'),
    ],
    ['a header block in German', mail('Yes.', '', 'Von: Ann', 'Gesendet: Montag', 'An: Bob', 'Betreff: x', '', 'a')],
    ['a header block in French', mail('Yes.', '', 'De : Ann', 'Envoyé : lundi', 'À : Bob', 'Objet : x', '', 'a')],
  ])('takes out %s', (_what, plain) => {
    expect(body({ plain }, strip)).toBe('Yes.');
    expect(body({ plain })).toContain('\n');
  });

  test('keeps answers between the quotations', () => {
    const plain = mail(
      'Hello,',
      'On 4 Mar 2024 Ann wrote:',
      '> first?',
      '',
      '> still first',
      'Yes.',
      '> second?',
      'No.',
    );
    expect(body({ plain }, strip)).toBe('Hello,\nYes.\nNo.');
  });

  test.each([
    [
      'a forwarded message',
      mail(
        'See below.',
        '',
        '---------- Forwarded message ---------',
        'From: Ann',
        'Date: Monday',
        'To: Bob',
        '',
        '> a',
      ),
    ],
    ['a forwarded message behind >', mail('See below.', '', 'Begin forwarded message:', '', '> From: Ann', '> a')],
    ['a body that is nothing but quotation', mail('On 4 Mar 2024 Ann wrote:', '> a', '> b')],
    ['a sentence that only looks like an introduction', mail('On Monday she wrote:', 'please come.')],
    ['a list of dates', mail('From: Berlin', 'To: Paris', 'two seats, please')],
    ['quoted lines of code or mathematics within a line', mail('a > b', 'c -> d')],
  ])('keeps %s', (_what, plain) => {
    expect(body({ plain }, strip)).toBe(plain);
  });

  test.each([
    ['blockquote', '<div>Yes.</div><div>On 4 Mar 2024, Ann wrote:</div><blockquote>a<div>b</div></blockquote>'],
    [
      "Gmail's wrapper",
      '<div dir="ltr">Yes.</div><br><div class="gmail_quote"><div class="gmail_attr">On 4 Mar Ann wrote:<br></div>a</div>',
    ],
    ["Yahoo's wrapper", '<div>Yes.</div><div id="y" class="yahoo_quoted">a</div>'],
    [
      "Outlook's header block",
      '<p>Yes.</p><div><p><b>From:</b> Ann<br><b>Sent:</b> Monday<br><b>To:</b> Bob</p></div><p>a</p>',
    ],
  ])('takes %s out of HTML', (_what, html) => {
    expect(body({ html }, strip)).toBe('Yes.');
    expect(body({ html })).toMatch(/a\b/);
  });

  test('keeps an answer below the quotation in HTML', () => {
    const html = '<p>On 4 Mar 2024, Ann wrote:</p><blockquote>a</blockquote><p>Yes.</p>';
    expect(body({ html }, strip)).toBe('Yes.');
  });
});

describe('whatever comes', () => {
  const words = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.constantFrom(
          '<p>',
          '</p>',
          '<blockquote>',
          '</blockquote>',
          '<div class="gmail_quote">',
          '<li>',
          '<!--',
          '-->',
          '<',
          '"',
          '> ',
          '\n',
          '\r\n',
          'On 1 a wrote:\n',
          'From: a\n',
          '\uD83D',
          '\uDE00',
          '😀',
          '\0',
          '&#xDFFF;',
          '&lt;',
        ),
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''));
  const options = fc.record({
    limit: fc.integer({ min: 2, max: 300 }),
    quotes: fc.constantFrom('keep' as const, 'strip' as const),
  });

  test('a body obeys its limit, is well-formed, has no control characters and is never empty', () => {
    fc.assert(
      fc.property(words, words, fc.array(words, { maxLength: 3 }), options, (plain, html, attachments, chosen) => {
        const text = bodyOf({ plain, html, attachments }, chosen);
        expect(text.length).toBeLessThanOrEqual(chosen.limit);
        expect(text).not.toBe('');
        expect(text).not.toMatch(/\p{Cs}/u);
        expect(text).not.toMatch(/[^\P{Cc}\n]/u);
      }),
      { numRuns: 1000 },
    );
  });

  test('a line is one line within its limit', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const line = oneLine(text, limit);
        expect(line.length).toBeLessThanOrEqual(limit);
        expect(line).not.toMatch(/\p{Cs}|\p{Cc}/u);
      }),
    );
  });

  test('a cut never halves a character', () => {
    expect(capped('a😀b', 2)).toBe('a');
    expect(capped('a😀b', 3)).toBe('a😀');
  });
});
