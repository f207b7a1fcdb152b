import type { Handled } from './access.ts';
import { page } from './layout.tsx';
import type { Settings } from './parts.ts';

export function settingsPage(context: Handled, { file, yaml, warnings }: Settings) {
  return page(context, {
    title: 'Settings',
    children: (
      <>
        <h1>Settings</h1>
        <p class="lead">
          What <code>{file}</code> means, with all defaults. Of secrets it says only where they are.
        </p>
        <section aria-labelledby="checks">
          <h2 id="checks">Checks</h2>
          {warnings.length === 0 ? (
            <p>The configuration is right, and nothing in it is doubtful.</p>
          ) : (
            <ul class="warnings">
              {warnings.map((warning) => (
                <li>{warning}</li>
              ))}
            </ul>
          )}
        </section>
        <section aria-labelledby="force">
          <h2 id="force">In force</h2>
          {/* It scrolls sideways on a phone, so the keyboard has to reach it. */}
          <pre class="yaml" tabindex={0}>
            <code>{yaml()}</code>
          </pre>
        </section>
      </>
    ),
  });
}
