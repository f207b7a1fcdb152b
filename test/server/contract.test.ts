import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import { contractSuite } from '../api/contract.ts';
import { company, createHouse, FakeEngine, orchestrator, token } from './service.ts';

contractSuite('the service in this process', async () => {
  const house = createHouse();
  const { fetch } = house.open(new FakeEngine());
  return { fetch, url: 'http://service.invalid', company, orchestrator, token, close: () => house.close() };
});

contractSuite('the service on a socket', async () => {
  const house = createHouse();
  const service = house.open(new FakeEngine());
  const listening = await listen({ fetch: service.answer, host: '127.0.0.1', port: 0, clock: systemClock });
  return {
    fetch,
    url: listening.url,
    company,
    orchestrator,
    token,
    async close() {
      service.drain();
      await listening.close(1000);
      await house.close();
    },
  };
});
