interface Listening {
  readonly runs: Set<() => void>;
  readonly heard: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/**
 * Calls `run` when the signal aborts, unless what it answers is called before. One listener a signal, in constant time
 * however many wait with it: an EventTarget looks through all of its listeners to add or remove one. `run` is a function
 * of its own for each call, and does not throw.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const { runs, heard } = listening.get(signal) ?? listen(signal);
  runs.add(run);
  return () => {
    if (!runs.delete(run) || runs.size > 0) return;
    listening.delete(signal);
    signal.removeEventListener('abort', heard);
  };
}

function listen(signal: AbortSignal): Listening {
  const runs = new Set<() => void>();
  const heard = () => {
    for (const run of runs) run();
  };
  listening.set(signal, { runs, heard });
  signal.addEventListener('abort', heard);
  return { runs, heard };
}
