import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Place } from '../../src/mail/message.ts';
import type { Fence, Progress } from '../../src/triage/acting.ts';
import { type Copy, type Next, reconcile, type Source } from '../../src/triage/reconcile.ts';

const fence: Fence = { folder: 'Refunds', uidValidity: 7, uidNext: 40 };
const copy: Place = { folder: 'Refunds', uidValidity: 7, uid: 41 };
const elsewhere: Place = { folder: 'Refunds', uidValidity: 8, uid: 3 };
const planned: Progress = { step: 'planned' };
const sent: Progress = { step: 'sent', fence, newly: [] };
const copied: Progress = { step: 'copied', fence, copy };
const removing: Progress = { step: 'removing', fence, copy };
const full = { move: true, uidplus: true, gmail: null };

type Row = readonly [progress: Progress, source: Source, copy: Copy, next: Partial<Next>];

const table: readonly Row[] = [
  [planned, 'there', 'unlooked', { next: 'send', by: 'move' }],
  [planned, 'marked', 'unlooked', { next: 'gone', copy: null, unmark: false }],
  [planned, 'gone', 'unlooked', { next: 'gone', copy: null, unmark: false }],
  [sent, 'there', 'unlooked', { next: 'look' }],
  [sent, 'marked', 'unlooked', { next: 'look' }],
  [sent, 'gone', 'unlooked', { next: 'look' }],
  [sent, 'there', copy, { next: 'keep', fence, copy }],
  [sent, 'marked', copy, { next: 'gone', copy: null, unmark: false }],
  [sent, 'gone', copy, { next: 'done', to: copy }],
  [sent, 'there', 'none', { next: 'send', by: 'move' }],
  [sent, 'marked', 'none', { next: 'gone', copy: null }],
  [sent, 'gone', 'none', { next: 'gone', copy: null }],
  [{ step: 'sent', fence: null, newly: [] }, 'there', 'unlooked', { next: 'send', by: 'move' }],
  [{ step: 'sent', fence: null, newly: [] }, 'gone', 'unlooked', { next: 'gone', copy: null }],
  [copied, 'there', 'unlooked', { next: 'look' }],
  [copied, 'gone', 'unlooked', { next: 'look' }],
  [copied, 'there', copy, { next: 'remove', fence, copy }],
  [copied, 'there', elsewhere, { next: 'remove', fence, copy: elsewhere }],
  [copied, 'there', 'none', { next: 'gone', copy: null, unmark: false }],
  [copied, 'marked', copy, { next: 'gone', copy, unmark: false }],
  [copied, 'gone', copy, { next: 'gone', copy, unmark: false }],
  [copied, 'gone', 'none', { next: 'gone', copy: null }],
  [removing, 'there', 'unlooked', { next: 'look' }],
  [removing, 'there', copy, { next: 'remove', fence, copy }],
  [removing, 'marked', copy, { next: 'remove', fence, copy }],
  [removing, 'marked', 'none', { next: 'gone', copy: null, unmark: true }],
  [removing, 'there', 'none', { next: 'gone', copy: null, unmark: false }],
  [removing, 'gone', 'unlooked', { next: 'done', to: copy }],
  [removing, 'gone', 'none', { next: 'done', to: copy }],
  [removing, 'gone', elsewhere, { next: 'done', to: elsewhere }],
  [{ step: 'done', newly: [], from: null, to: null, note: null }, 'there', copy, { next: 'nothing' }],
  [{ step: 'undone', note: '' }, 'there', copy, { next: 'nothing' }],
];

describe('what follows for a move', () => {
  const named = table.map((row) => [row[0].step, ...row] as const);
  test.each(named)('%s (row %#)', (_step, progress, source, seen, next) => {
    expect(reconcile(progress, { source, copy: seen, spare: false, sent: false }, full)).toMatchObject(next);
  });

  test.each([
    ['label', false, { next: 'send', by: 'move' }],
    ['label', true, { next: 'send', by: 'move' }],
    ['view', false, { next: 'send', by: 'copy' }],
    ['view', true, { next: 'done', to: copy }],
  ] as const)(
    'on Gmail a message that is in its folder and bears the label is moved from a %s (sent: %s)',
    (gmail, moved, next) => {
      const seen = { source: 'there', copy, spare: false, sent: moved } as const;
      expect(reconcile(sent, seen, { ...full, gmail })).toMatchObject(next);
    },
  );

  test('a server without MOVE is sent COPY', () => {
    const next = reconcile(
      planned,
      { source: 'there', copy: 'unlooked', spare: false, sent: false },
      { move: false, uidplus: true, gmail: null },
    );
    expect(next).toEqual({ next: 'send', by: 'copy' });
  });

  test.each<Source>(['gone', 'marked'])(
    'a source that is %s beside a COPY was taken by a person: a copy that is one too many goes, any other stays',
    (source) => {
      const byCopy: Progress = { step: 'sent', fence, newly: [], by: 'copy' };
      const byMove: Progress = { step: 'sent', fence, newly: [], by: 'move' };
      expect(reconcile(byCopy, { source, copy, spare: true, sent: false }, full)).toMatchObject({ next: 'gone', copy });
      for (const [progress, spare] of [
        [byCopy, false],
        [byMove, true],
        [sent, true],
      ] as const) {
        const left = reconcile(progress, { source, copy, spare, sent: false }, full);
        expect(left).toMatchObject(source === 'gone' ? { next: 'done', to: copy } : { next: 'gone', copy: null });
      }
    },
  );

  test('without UIDPLUS a marked original is all that there will be, and a note says so', () => {
    const poor = { move: false, uidplus: false, gmail: null };
    expect(reconcile(removing, { source: 'there', copy, spare: false, sent: false }, poor)).toMatchObject({
      next: 'remove',
    });
    expect(reconcile(removing, { source: 'marked', copy, spare: false, sent: false }, poor)).toEqual({
      next: 'done',
      to: copy,
      note: expect.stringContaining('no UIDPLUS'),
    });
  });

  const anything = {
    progress: fc.constantFrom<Progress>(planned, sent, { ...sent, by: 'copy' }, copied, removing),
    source: fc.constantFrom<Source>('there', 'marked', 'gone'),
    copy: fc.constantFrom<Copy>('unlooked', 'none', copy, elsewhere),
    spare: fc.boolean(),
    move: fc.boolean(),
    uidplus: fc.boolean(),
    gmail: fc.constantFrom('label' as const, 'view' as const, null),
    sent: fc.boolean(),
  };

  test('an original is only taken away while it and its copy are seen', () => {
    fc.assert(
      fc.property(fc.record(anything), ({ progress, source, copy: seen, spare, sent, ...means }) => {
        const next = reconcile(progress, { source, copy: seen, spare, sent }, means);
        if (next.next === 'remove') {
          expect(source).not.toBe('gone');
          expect(next.copy).toBe(seen);
        }
      }),
    );
  });

  test('nothing is sent for a message that is not there, nor beside a copy', () => {
    fc.assert(
      fc.property(fc.record(anything), ({ progress, source, copy: seen, spare, sent, ...means }) => {
        if (reconcile(progress, { source, copy: seen, spare, sent }, means).next !== 'send') return;
        expect(source).toBe('there');
        // On Gmail what has the label already is where it was, and the same command twice is once.
        expect(means.gmail === null && typeof seen === 'object' && progress.step !== 'planned').toBe(false);
      }),
    );
  });

  test('a copy is only taken back while the message is known to be elsewhere, or deleted by a person', () => {
    fc.assert(
      fc.property(fc.record(anything), ({ progress, source, copy: seen, spare, sent, ...means }) => {
        const next = reconcile(progress, { source, copy: seen, spare, sent }, means);
        if (next.next !== 'gone' || next.copy === null) return;
        expect(source).not.toBe('there');
        // What nobody saw while the original was whole may be the person's own, and the only one.
        if (progress.step === 'sent') expect(spare).toBe(true);
      }),
    );
  });

  test('looking always leads on: with the copy looked for, no answer is to look again', () => {
    fc.assert(
      fc.property(fc.record(anything), ({ progress, source, copy: seen, spare, sent, ...means }) => {
        if (seen !== 'unlooked')
          expect(reconcile(progress, { source, copy: seen, spare, sent }, means).next).not.toBe('look');
      }),
    );
  });
});
