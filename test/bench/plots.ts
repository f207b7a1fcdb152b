import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Kept } from './figures.ts';
import type { Live } from './live.ts';
import type { Size } from './sizes.ts';

/** A file of its own, so its colours follow whoever looks at it, light or dark. */
const style = `svg{color:#1f2328;--first:#0969da;--second:#bc4c00;--third:#8250df}
@media (prefers-color-scheme: dark){svg{color:#e6edf3;--first:#58a6ff;--second:#f0883e;--third:#bc8cff}}
text{font:12px system-ui,sans-serif}`;

const [first, second, third] = ['var(--first)', 'var(--second)', 'var(--third)'];

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Single points, joined by nothing. */
  readonly loose?: true;
}

function drawn(title: string, lines: readonly Line[], options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html></html>');
  const marks = lines.flatMap(({ colour, points, loose }) => {
    const data = points.map(([x, y]) => ({ x, y }));
    const dots = loose || data.length < 10 ? [Plot.dot(data, { x: 'x', y: 'y', fill: colour, r: 4 })] : [];
    return loose ? dots : [Plot.lineY(data, { x: 'x', y: 'y', stroke: colour, strokeWidth: 2 }), ...dots];
  });
  const svg = Plot.plot({
    width: 720,
    height: 380,
    marginLeft: 56,
    marginBottom: 44,
    marginTop: 40 + 18 * lines.length,
    ...options,
    x: { labelAnchor: 'center', labelArrow: 'none', ...options.x },
    y: { labelAnchor: 'center', labelArrow: 'none', ...options.y },
    marks: [Plot.gridY(), Plot.ruleY([0]), ...marks],
    className: 'plot',
    document: document as never,
  }) as unknown as { readonly innerHTML: string };
  const legend = lines.map(
    ({ name, colour }, index) =>
      `<g transform="translate(60,${44 + 18 * index})"><circle r="5" fill="${colour}"/><text x="12" y="4" fill="currentColor">${escaped(name)}</text></g>`,
  );
  const heading = `<text x="56" y="20" fill="currentColor" style="font-weight:600">${escaped(title)}</text>`;
  const inside = svg.innerHTML.replace(/<style>.*?<\/style>/s, '');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 380" width="720" height="380" fill="currentColor" text-anchor="middle" role="img" aria-label="${escaped(title)}"><style>${style}</style>${inside}<g text-anchor="start">${heading}${legend.join('')}</g></svg>\n`;
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

/** What a message costs in mailboxes of three sizes. */
function sizes(kept: Kept): string {
  const measured = (kept as unknown as { readonly sizes: readonly Size[] }).sizes;
  const line = (name: string, colour: string, of: (size: Size) => number): Line => ({
    name,
    colour,
    points: measured.map((size) => [size.messages, of(size)]),
  });
  return drawn(
    'What a message costs, by the size of the mailbox',
    [
      line('siftd: time, sorted', first, ({ msEach }) => msEach),
      line('siftd: CPU of all its threads', third, ({ cpuMsEach }) => cpuMsEach),
      line('bare loop: time, fetched and parsed', second, ({ bareMsEach }) => bareMsEach),
    ],
    { x: { type: 'log', label: 'messages in the mailbox', ticks: 3 }, y: { label: 'ms a message', zero: true } },
  );
}

interface Cost {
  readonly gets: number;
  readonly delay: number;
}

/** How often one asks against how late one hears. */
function polling(kept: Kept): string {
  const { costs, curves } = kept as unknown as {
    readonly costs: Readonly<Record<string, Readonly<Record<string, Cost>>>>;
    readonly curves: Readonly<Record<string, readonly (Cost & { readonly policy: string })[]>>;
  };
  const [vendor = ''] = Object.keys(costs);
  const most = 12;
  const curve = (name: string, colour: string, start: string): Line => ({
    name,
    colour,
    points: (curves[vendor] ?? [])
      .filter(({ policy, gets }) => policy.startsWith(start) && gets <= most)
      .map(({ gets, delay }) => [gets, delay] as const),
  });
  const ours = costs[vendor]?.['siftd'];
  return drawn(
    `Polling a vendor: ${vendor}`,
    [
      curve('at fixed intervals', second, 'every'),
      curve('exponential backoff from 1 s', third, 'backoff'),
      { name: 'siftd, learned online', colour: first, points: ours ? [[ours.gets, ours.delay]] : [], loose: true },
    ],
    {
      x: { label: 'GETs a message', zero: true },
      y: { label: 'mean seconds from completion to discovery', zero: true },
    },
  );
}

/** The share of messages that were visible by then. */
function live(kept: Kept): string {
  const { cyrus, dovecot } = kept as unknown as Live;
  const line = (name: string, colour: string, values: readonly number[]): Line => ({
    name,
    colour,
    points: [...values].sort((a, b) => a - b).map((ms, index) => [ms, (100 * (index + 1)) / values.length] as const),
  });
  return drawn(
    'One message to an idle daemon: visible in its folder after ...',
    [
      line('Cyrus', first, cyrus.visible),
      line('Dovecot', second, dovecot.visible),
      line("Dovecot's own push, to a client that only idles", third, dovecot.pushed),
    ],
    { x: { label: "ms after LMTP's answer", zero: true }, y: { label: '% of messages', domain: [0, 100] } },
  );
}

const drawings: Readonly<Record<string, (kept: Kept) => string>> = { sizes, polling, live };

/** By the part whose figures they show; of parts that were not run there is none. */
export function plots(results: Readonly<Record<string, Kept>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(drawings).flatMap(([name, draw]) => {
      const kept = results[name];
      return kept === undefined ? [] : [[name, draw(kept)]];
    }),
  );
}
