// A parser's thread that does what a message tells it: the ways in which a real one could end.
import { serve, takeAllMemory } from './thread.mjs';

serve((order) => {
  if (order === 'hang') for (;;);
  if (order === 'throw') throw new Error('broken');
  if (order === 'exit') process.exit(3);
  if (order === 'memory') takeAllMemory();
  if (order === 'reject') {
    void Promise.reject(new Error('nobody waits for this'));
    return null;
  }
  if (order === 'answer and exit') setImmediate(() => process.exit());
  return { subject: '', body: order };
});
