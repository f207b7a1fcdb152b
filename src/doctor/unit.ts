import { broken, type Check, doubtful, passed, untried } from './check.ts';

/** What systemd says of a unit; null: this machine is not run by systemd. */
export type UnitFacts = {
  readonly unit: string;
  /** By `systemctl show`. */
  readonly properties: ReadonlyMap<string, string>;
  /** The files that it consists of, by `systemctl cat`: some properties are shown by newer versions alone. */
  readonly text: string;
} | null;

/** The properties that are asked for. */
export const properties = [
  'LoadState',
  'ActiveState',
  'Result',
  'UnitFileState',
  'Type',
  'NotifyAccess',
  'NRestarts',
  'NeedDaemonReload',
  'StateDirectory',
  'ExecStart',
] as const;

/** `credentials`: the names that the configuration asks for. */
export function unitChecks(facts: UnitFacts, credentials: readonly string[]): Check[] {
  if (facts === null) return [untried('unit', 'not run by systemd: this machine has none')];
  const { unit, properties: all, text } = facts;
  const of = (name: (typeof properties)[number]) => all.get(name) ?? '';
  // Without D-Bus only root is answered.
  if (all.size === 0) return [untried('unit', 'systemd does not answer this user')];
  if (of('LoadState') === 'not-found') {
    return [untried('unit', `not run by systemd: there is no unit ${unit}`)];
  }
  if (of('LoadState') !== 'loaded') {
    const detail = `${unit} is ${of('LoadState')}`;
    return [broken('unit', detail, `systemd-analyze verify ${unit}; systemctl unmask ${unit} if it is masked`, unit)];
  }
  const edit = `systemctl edit ${unit}`;
  const wrong: Check[] = [];
  if (of('NeedDaemonReload') === 'yes') {
    wrong.push(doubtful('unit', 'its file was changed since systemd read it', 'systemctl daemon-reload', unit));
  }
  // With `simple` nothing waits for the first sync, and other types never see READY=1.
  if (of('Type') !== 'notify') {
    const detail = `Type=${of('Type')}: systemd does not hear when siftd is ready`;
    wrong.push(doubtful('unit', detail, `${edit}: Type=notify`, 'Type'));
  } else if (of('NotifyAccess') !== 'all') {
    const detail = `NotifyAccess=${of('NotifyAccess')}: siftd tells by systemd-notify, which systemd then does not hear: the start ends in a timeout`;
    wrong.push(broken('unit', detail, `${edit}: NotifyAccess=all`, 'NotifyAccess'));
  }
  const given = credentialsOf(text);
  for (const name of credentials.filter((each) => !given.has(each))) {
    const remedy = `${edit}: LoadCredential=${name}:/etc/siftd/credentials/${name}`;
    wrong.push(
      broken('unit', `it gives no credential ${name}, which the configuration asks for`, remedy, 'credentials'),
    );
  }
  if (of('ActiveState') === 'failed') {
    const detail = `it failed (${of('Result')})`;
    wrong.push(broken('unit', detail, `journalctl -u ${unit} -n 50 says why; then systemctl restart ${unit}`, unit));
  } else if (of('ActiveState') !== 'active') {
    wrong.push(doubtful('unit', `it is ${of('ActiveState')}`, `systemctl start ${unit}`, unit));
  } else if (Number(of('NRestarts')) > 0) {
    const detail = `systemd had to restart it ${of('NRestarts')} times since it was started`;
    wrong.push(doubtful('unit', detail, `journalctl -u ${unit} says why`, 'restarts'));
  }
  if (!['enabled', 'enabled-runtime', 'linked', 'static', 'generated', 'indirect'].includes(of('UnitFileState'))) {
    const detail = `it is ${of('UnitFileState')}: nobody starts it at boot`;
    wrong.push(doubtful('unit', detail, `systemctl enable ${unit}`, 'boot'));
  }
  const told = `${unit}: ${of('ActiveState')}, ${of('UnitFileState')}, Type=${of('Type')}`;
  return wrong.length > 0 ? wrong : [passed('unit', told)];
}

/** `LoadCredential=name:path`, its like, and the empty one, which takes back those before it (systemd.exec(5)). */
function credentialsOf(text: string): ReadonlySet<string> {
  const given = new Set<string>();
  for (const [, name = ''] of text.matchAll(/^(?:Load|Set)Credential(?:Encrypted)?=([^:\s]*)/gm)) {
    if (name === '') given.clear();
    else given.add(name);
  }
  return given;
}
