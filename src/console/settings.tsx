import { limits } from '../base/limits.ts';
import type { Configured } from '../store/overview.ts';
import type { Handled } from './access.ts';
import { checksPart } from './checks.tsx';
import type { Checkup } from './checkups.ts';
import { Time } from './format.tsx';
import { page } from './layout.tsx';
import type { Settings } from './parts.ts';

export function settingsPage(
  context: Handled,
  { file, yaml, warnings }: Settings,
  { takenAt, refused }: Configured,
  last: Checkup | null,
) {
  // What goes on is asked for again; what is done stands.
  const live = last?.ended === null ? { 'data-live': '/settings', 'data-every': limits.console.renew / 1000 } : {};
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
          <div {...live}>{checksPart(last, context.get('session').csrf)}</div>
        </section>
        <section aria-labelledby="force">
          <h2 id="force">In force</h2>
          {takenAt === null ? null : (
            <p>
              Read <Time at={takenAt} as="full" />.
            </p>
          )}
          {refused === null ? null : (
            <ul class="warnings">
              <li>
                What was read <Time at={refused.at} as="full" /> is refused, and nothing of it was taken: {refused.why}
              </li>
            </ul>
          )}
          {/* It scrolls sideways on a phone, so the keyboard has to reach it. */}
          <pre class="yaml" tabindex={0}>
            <code>{yaml()}</code>
          </pre>
        </section>
      </>
    ),
  });
}
