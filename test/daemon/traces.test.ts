import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, expect, it, vi } from 'vitest';
import { refund, staging } from '../hostile-api/stage.ts';

/* What a collector of OpenTelemetry is told, by the daemon that is wired as `siftd run` wires it. */

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

interface Told {
  readonly resourceSpans: readonly {
    readonly resource: Pick<Span, 'attributes'>;
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

const stage = staging();
let collector: Server;

afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => collector.close(resolve));
});

/** A collector that answers so, and what it was told. */
async function collecting(status = 200): Promise<Told[]> {
  const told: Told[] = [];
  collector = createServer(async (request, response) => {
    told.push((await json(request)) as Told);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=test');
  return told;
}

const spansOf = (told: readonly Told[]): Span[] =>
  told.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );

const attribute = ({ attributes }: Pick<Span, 'attributes'>, key: string): unknown =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

it('each message is one trace, whose stages follow one another, also across a restart', async () => {
  const told = await collecting();
  const { world, vendor } = await stage();
  await world.start();
  await world.deliver(refund('a'));
  await world.ended(1);
  // The second is accepted by one process and filed by the next.
  vendor.misbehave('poll', { status: 503 });
  await world.deliver(refund('b'));
  await world.logged(({ state }) => state === 'submitted', 2);
  await world.stop();
  vendor.misbehave('poll', null);
  await world.start();
  await world.ended(2);
  await world.stop();

  const roots = spansOf(told).filter(({ name }) => name === 'message');
  expect(roots).toHaveLength(2);
  for (const root of roots) {
    const parts = spansOf(told).filter(({ traceId, name }) => traceId === root.traceId && name !== 'message');
    expect(parts.map(({ name }) => name)).toEqual(['submit', 'classify', 'act']);
    expect(new Set(parts.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([root.spanId]));
    expect(parts.map(({ startTimeUnixNano }) => startTimeUnixNano)).toEqual([
      root.startTimeUnixNano,
      ...parts.slice(0, 2).map(({ endTimeUnixNano }) => endTimeUnixNano),
    ]);
    expect(parts.at(-1)?.endTimeUnixNano).toBe(root.endTimeUnixNano);
    expect(attribute(root, 'siftd.class')).toBe('refund_request');
    expect(attribute(root, 'siftd.end')).toBe('done');
  }
  const resource = told[0]?.resourceSpans[0]?.resource;
  if (resource === undefined) throw new Error('no resource was told');
  expect(attribute(resource, 'service.name')).toBe('siftd');
  expect(attribute(resource, 'deployment.environment')).toBe('test');
  // Nothing of what is in the mail.
  expect(JSON.stringify(told)).not.toMatch(/money back|@example/);
});

it('mail is sorted all the same where nobody takes them, and that is said once', async () => {
  await collecting(400);
  const { world } = await stage();
  await world.start();
  await world.deliver(refund('a'), refund('b'));
  await world.ended(2);
  await world.stop();
  expect(world.lines.filter(({ msg }) => msg.startsWith('traces are not taken'))).toHaveLength(1);
});
