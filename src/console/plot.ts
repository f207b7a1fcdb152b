import * as Plot from '@observablehq/plot';
import { raw } from 'hono/html';
import { parseHTML } from 'linkedom';

/**
 * Plots as SVG in the page, drawn here: browsers get shapes and no script. Colours come from the page's style sheet, by the
 * classes of the marks; each is drawn for a wide page and for a phone, so that its words keep their size.
 */

/** What is used of an element: the DOM's own types are for browsers. */
interface Part {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  querySelectorAll(selector: string): Iterable<Part>;
}

interface Drawing {
  /** What it shows, for whoever does not see it; the figures stand in a table beside it. */
  readonly label: string;
  readonly height: number;
  readonly options: (width: number) => Plot.PlotOptions;
  /** What no option says. */
  readonly after?: (svg: Part) => void;
}

const widths = { wide: 500, narrow: 350 } as const;

function drawn({ label, height, options, after }: Drawing) {
  const { document } = parseHTML('<html></html>');
  const svgs = Object.entries(widths).map(([name, width]) => {
    const svg = Plot.plot({
      marginLeft: 44,
      marginRight: 12,
      marginTop: 12,
      marginBottom: 32,
      height,
      width,
      ...options(width),
      document: document as never,
      className: 'plot',
    }) as unknown as Part;
    // The policy of the page allows no style but its own.
    for (const style of svg.querySelectorAll('style')) style.remove();
    svg.removeAttribute('style');
    for (const part of svg.querySelectorAll('[aria-label], [aria-hidden]')) {
      part.removeAttribute('aria-label');
      part.removeAttribute('aria-hidden');
    }
    svg.setAttribute('class', `plot ${name}`);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    after?.(svg);
    return svg.outerHTML;
  });
  return raw(svgs.join(''));
}

export interface Bar {
  /** Hours before now. */
  readonly ago: number;
  readonly ended: number;
  readonly median: number | null;
  readonly slow: number | null;
}

const hoursAgo = {
  domain: [-24, 0],
  label: null,
  ticks: [-24, -18, -12, -6, 0],
  tickFormat: (hours: number) => (hours === 0 ? 'now' : `${hours} h`),
} as const;

/** Messages dealt with in each half hour of the last day. */
export function throughputPlot(bars: readonly Bar[], step: number) {
  const most = Math.max(4, ...bars.map(({ ended }) => ended));
  return drawn({
    label: `Messages dealt with in the last 24 hours, in steps of ${Math.round(step * 60)} minutes; at most ${most}.`,
    height: 150,
    options: () => ({
      x: hoursAgo,
      y: { label: null, domain: [0, most], ticks: 3, tickFormat: 'd' },
      marks: [
        Plot.gridY({ ticks: 3, className: 'grid', stroke: null }),
        Plot.rectY(bars, {
          x1: (bar: Bar) => -bar.ago,
          x2: (bar: Bar) => step - bar.ago,
          y: 'ended',
          inset: 0.5,
          className: 'bar',
          fill: null,
        }),
        Plot.ruleY([0], { className: 'axis', stroke: null }),
      ],
    }),
  });
}

/** How long messages took, from found to done. */
export function latencyPlot(bars: readonly Bar[], step: number) {
  const known = bars.filter((bar) => bar.median !== null && bar.slow !== null);
  const seconds = (ms: number | null) => (ms ?? 0) / 1000;
  const most = Math.max(1, ...known.map(({ slow }) => seconds(slow)));
  const x = (bar: Bar) => step / 2 - bar.ago;
  return drawn({
    label: `Seconds from found to done in the last 24 hours: median, and the slowest of twenty; at most ${Math.round(most)}.`,
    height: 150,
    options: () => ({
      x: hoursAgo,
      y: { label: null, domain: [0, most], ticks: 3, tickFormat: (value: number) => `${value} s` },
      marks: [
        Plot.gridY({ ticks: 3, className: 'grid', stroke: null }),
        Plot.ruleX(known, {
          x,
          y1: (bar: Bar) => seconds(bar.median),
          y2: (bar: Bar) => seconds(bar.slow),
          className: 'reach',
          stroke: null,
        }),
        Plot.dot(known, {
          x,
          y: (bar: Bar) => seconds(bar.median),
          r: 3,
          className: 'point',
          fill: null,
          stroke: null,
        }),
        Plot.ruleY([0], { className: 'axis', stroke: null }),
      ],
    }),
  });
}

interface Point {
  readonly files: number;
  readonly estimate: { readonly right: number; readonly low: number; readonly high: number } | null;
}

const shares = { label: null, tickFormat: (share: number) => `${Math.round(100 * share)}%` } as const;

/** How much is right against how much is filed, over the thresholds. The dots stand in the order of the points. */
export function thresholdPlot(
  points: readonly Point[],
  { at, target, name }: { readonly at: number; readonly target: number; readonly name: string },
) {
  const known = points.flatMap(({ files, estimate }) => (estimate === null ? [] : [{ files, ...estimate }]));
  const least = Math.min(target, ...known.map(({ low }) => low));
  const bottom = Math.max(0, Math.floor(10 * least - 0.2) / 10);
  const x = 'files';
  return drawn({
    label: `How much of ${name} is right against the share that is filed; the target is ${Math.round(100 * target)}%.`,
    height: 260,
    after(svg) {
      for (const [index, mark] of [...svg.querySelectorAll('.marks circle')].entries()) {
        if (index === at) mark.setAttribute('class', 'here');
      }
    },
    options: (width) => ({
      x: { ...shares, domain: [0, 1], ticks: width > widths.narrow ? 10 : 5 },
      y: { ...shares, domain: [bottom, 1], ticks: 5 },
      marks: [
        Plot.gridY({ ticks: 5, className: 'grid', stroke: null }),
        Plot.areaY(known, { x, y1: 'low', y2: 'high', className: 'band', fill: null, curve: 'linear', sort: null }),
        Plot.ruleY([target], { className: 'ideal', stroke: null }),
        Plot.line(known, { x, y: 'right', className: 'curve', stroke: null }),
        Plot.dot(known, { x, y: 'right', r: 5, className: 'marks', stroke: null, fill: null }),
        Plot.ruleY([bottom], { className: 'axis', stroke: null }),
      ],
    }),
  });
}

/** How much was right against how sure it was. */
export function calibrationPlot(
  bins: readonly { readonly confidence: number; readonly right: number; readonly judged: number }[],
) {
  return drawn({
    label: `How much was right against how sure siftd was, in ${bins.length} steps of confidence; on the diagonal both are the same.`,
    height: 260,
    options: (width) => ({
      x: { ...shares, domain: [0, 1], ticks: width > widths.narrow ? 10 : 5 },
      y: { ...shares, domain: [0, 1], ticks: 5 },
      r: { range: [3, 11], type: 'sqrt', domain: [0, Math.max(1, ...bins.map(({ judged }) => judged))] },
      marks: [
        Plot.gridY({ ticks: 5, className: 'grid', stroke: null }),
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { className: 'ideal', stroke: null },
        ),
        Plot.dot(bins, { x: 'confidence', y: 'right', r: 'judged', className: 'point', stroke: null, fill: null }),
        Plot.ruleY([0], { className: 'axis', stroke: null }),
      ],
    }),
  });
}
