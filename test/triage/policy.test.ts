import { expect, test } from 'vitest';
import { planActions, type RouteActions } from '../../src/triage/policy.ts';

const nothing: RouteActions = { move: null, labels: [], flag: false, seen: false, keep: false, sends: [] };

test.each<[string, Partial<RouteActions>, ReturnType<typeof planActions>]>([
  ['nothing is planned for keep', { keep: true }, []],
  ['keep wins over whatever stands beside it', { keep: true, move: 'A', labels: ['b'], flag: true, seen: true }, []],
  ['a move alone is one action', { move: 'Support/Refunds' }, [{ kind: 'move', to: 'Support/Refunds' }]],
  ['a special use stays as it is named', { move: '\\Junk' }, [{ kind: 'move', to: '\\Junk' }]],
  ['labels alone are one mark', { labels: ['a', 'b'] }, [{ kind: 'mark', labels: ['a', 'b'], flags: [] }]],
  [
    'flag and seen are system flags',
    { flag: true, seen: true },
    [{ kind: 'mark', labels: [], flags: ['\\Flagged', '\\Seen'] }],
  ],
  [
    'marks are made before the move, all of them in one action',
    { move: 'A', labels: ['x'], seen: true },
    [
      { kind: 'mark', labels: ['x'], flags: ['\\Seen'] },
      { kind: 'move', to: 'A' },
    ],
  ],
])('%s', (_name, actions, planned) => {
  expect(planActions({ ...nothing, ...actions })).toEqual(planned);
});
