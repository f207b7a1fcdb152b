/*
 * A service whose engine ends the whole process at the subject "poison". Argument: the
 * queue's file. Says `ready` once it works, and `ended CUID STATUS` for each process that was waited for.
 */
import { systemClock } from '../../dist/base/clock.js';
import { createService } from '../../dist/server/service.js';

const [path, ...cuids] = process.argv.slice(2);
const engine = {
  labels: ['fine'],
  version: 'poison-1',
  classify({ subject }) {
    // Whoever only submits is killed before an answer.
    if (cuids.length === 0) return new Promise(() => {});
    if (subject === 'poison') process.kill(process.pid, 'SIGKILL');
    return { label: 'fine', confidence: 1, alternatives: [] };
  },
};
const service = createService({
  path,
  companies: { c: { tokens: ['t'], orchestrators: { o: { engine } } } },
  retention: 86_400_000,
  clock: systemClock,
  log: null,
});
const url = 'http://x/api/companies/c/orchestrators/o/classification-async';
const headers = { authorization: 'Bearer t', 'content-type': 'application/json', prefer: 'wait=60' };

process.on('message', async (subjects) => {
  const accepted = await Promise.all(
    subjects.map(async (subject) => {
      const body = JSON.stringify({ mail: { subject, body: '' } });
      return await (await service.fetch(url, { method: 'POST', headers, body })).json();
    }),
  );
  process.send(accepted.map(({ process_cuid: cuid }) => cuid));
});
if (cuids.length === 0) process.send('ready');
else {
  service.start();
  const answers = await Promise.all(
    cuids.map(async (cuid) => (await service.fetch(`${url}/${cuid}`, { headers })).json()),
  );
  process.send(answers.map(({ status }) => status));
  await service.stop();
  process.disconnect();
}
