import { reasonOf } from '../../base/errors.ts';
import { accessCommands } from './access.ts';
import type { Command, Done } from './command.ts';
import { fetchCommands } from './fetch.ts';
import { folderCommands } from './folders.ts';
import type { Verdict } from './hooks.ts';
import { markCommands } from './marks.ts';
import { bad, no, Refusal } from './refusal.ts';
import { searchCommands } from './search.ts';
import type { Session } from './session.ts';
import { Cursor, type RawCommand } from './syntax.ts';
import { transferCommands } from './transfer.ts';

const commands = new Map<string, Command>(
  [accessCommands, folderCommands, transferCommands, fetchCommands, markCommands, searchCommands].flatMap((group) =>
    Object.entries(group),
  ),
);

/** Carries out one command and writes its answer. Never throws. */
export async function execute(session: Session, raw: RawCommand): Promise<void> {
  const args = new Cursor(raw);
  let tag = '*';
  let command: Command | undefined;
  let verdict: Verdict = {};
  let work = async (): Promise<Done> => await run(session, command, args);
  try {
    tag = args.tag();
    args.space();
    const word = args.word();
    if (word === 'UID') args.space();
    const name = word === 'UID' ? `UID ${args.word()}` : word;
    command = commands.get(name);
    verdict = await session.ask(tag, name, args.rest.trimStart());
  } catch (error) {
    work = () => Promise.reject(error);
  }
  const { refuse, pretend, cut, after } = verdict;
  if (cut === 'before') return session.cut();
  if (refuse !== undefined) {
    work = () => Promise.reject(new Refusal(refuse.status ?? 'NO', refuse.text ?? 'Refused', refuse.code));
  }
  if (pretend !== undefined) work = async () => ({ text: pretend.text ?? 'Completed', code: pretend.code });
  if (cut !== undefined || after !== undefined) session.writer.hold();
  await answer(session, tag, work, command);
  if (cut !== undefined) return session.cut();
  if (after !== undefined) {
    const wait = async (): Promise<void> => await after();
    await session.unlessClosed(wait().catch(() => session.cut()));
  }
  session.writer.release();
}

async function run(session: Session, command: Command | undefined, args: Cursor): Promise<Done> {
  const { account } = session;
  if (
    command === undefined ||
    (command.offered !== undefined && account !== null && !command.offered(account.capabilities))
  ) {
    throw bad('Unknown command');
  }
  if (command.when === 'greeted' && account !== null) throw bad('Already logged in');
  if ((command.when === 'authenticated' || command.when === 'selected') && account === null) throw bad('Log in first');
  if (command.when === 'selected' && session.view === null) throw bad('No mailbox selected');
  return await command.run(session, args);
}

async function answer(
  session: Session,
  tag: string,
  work: () => Promise<Done>,
  command: Command | undefined,
): Promise<void> {
  let status: 'OK' | 'NO' | 'BAD' = 'OK';
  let done: Done;
  try {
    done = await work();
  } catch (error) {
    const refusal = error instanceof Refusal ? error : no(reasonOf(error), 'SERVERBUG');
    status = refusal.status;
    done = { text: refusal.message, ...(refusal.code === null ? {} : { code: refusal.code }) };
  }
  session.tellNews(command?.keepsNumbers !== true);
  session.writer.line(`${tag} ${status} ${done.code === undefined ? '' : `[${done.code}] `}${done.text}`);
  session.writer.send();
}
