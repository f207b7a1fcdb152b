import type { Examined, ExaminedSecret } from '../config/load.ts';
import { type Problem, pathText, problemText } from '../config/problems.ts';
import { broken, type Check, doubtful, passed, untried } from './check.ts';

/* What the configuration's file says, and whether its secrets can be had. Pure. */

/** There is none, or it cannot be read. */
export function noFile(why: string): Check[] {
  return [
    broken('configuration', why, 'name it with -c FILE or $SIFTD_CONFIG; config/siftd.example.yaml is a start'),
    untried('secret', 'no configuration'),
  ];
}

export function fileChecks({ name, config, problems, warnings, secrets }: Examined): Check[] {
  const lines = (of: readonly Problem[]) => of.map((problem) => problemText(name, problem)).join('\n');
  const secret = secretChecks(secrets);
  if (config === null) {
    return [broken('configuration', lines(problems), 'mend these lines; siftd check tells the same'), ...secret];
  }
  const { accounts, service } = config;
  const counts = [
    [accounts.size, 'account'],
    [new Set([...accounts.values()].flatMap(({ policy }) => [...policy.routes.keys()])).size, 'route'],
    [service.companies.size, 'company'],
  ] as const;
  const what = counts.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${n === 1 ? word : `${word}s`}`])).join(', ');
  const file = `${config.file}: ${what.replace('companys', 'companies')}`;
  return [
    warnings.length === 0
      ? passed('configuration', file)
      : doubtful('configuration', lines(warnings), 'look whether it is meant so'),
    ...secret,
  ];
}

function secretChecks(secrets: readonly ExaminedSecret[]): Check[] {
  const checks = secrets.flatMap(({ path, why, warning }): Check[] => {
    const key = pathText(path);
    if (why !== null) {
      const [detail, remedy] = halves(why);
      return [broken('secret', detail, remedy, key)];
    }
    if (warning === null) return [];
    const [detail, remedy] = halves(warning);
    return [doubtful('secret', detail, remedy, key)];
  });
  const fine = secrets.length - checks.length;
  if (fine === 0) return checks;
  return [passed('secret', `${fine} can be read`), ...checks];
}

/** What is wrong with a secret, and what to do about it. */
function halves(text: string): readonly [string, string] {
  const at = text.indexOf('; ');
  return at === -1
    ? [text, 'put it where the configuration says, as one line']
    : [text.slice(0, at), text.slice(at + 2)];
}
