import type { Command, Done } from './command.ts';
import { bad, no } from './refusal.ts';
import type { Session } from './session.ts';
import { nquote, quote } from './syntax.ts';

/** Who is there, and what can be done: RFC 3501 6.1 and 6.2, and the extensions that stand beside them. */
export const accessCommands: Readonly<Record<string, Command>> = {
  CAPABILITY: {
    when: 'always',
    run: (session) => {
      session.writer.line(`* CAPABILITY ${session.capabilities()}`);
      return { text: 'Capability completed' };
    },
  },

  NOOP: { when: 'always', run: () => ({ text: 'Noop completed' }) },

  LOGOUT: {
    when: 'always',
    run: (session) => {
      session.unselect();
      session.writer.line('* BYE Logging out');
      // The tagged OK is written in this turn; hanging up waits until all was sent.
      setImmediate(() => session.hangUp());
      return { text: 'Logout completed' };
    },
  },

  /** RFC 2971. */
  ID: {
    when: 'always',
    run: (session, args) => {
      args.space();
      if (!args.skip('NIL')) args.list(() => nquote(args.nstring()?.toString('latin1') ?? null));
      args.end();
      session.writer.line('* ID ("name" "siftd demo")');
      return { text: 'ID completed' };
    },
  },

  LOGIN: {
    when: 'greeted',
    run: (session, args) => {
      args.space();
      const user = args.astring().toString('utf8');
      args.space();
      const password = args.astring().toString('utf8');
      args.end();
      return login(session, user, password);
    },
  },

  /** PLAIN (RFC 4616) with an initial response (RFC 4959) or without. */
  AUTHENTICATE: {
    when: 'greeted',
    run: async (session, args) => {
      args.space();
      if (args.word() !== 'PLAIN') throw no('Unsupported authentication mechanism', 'CANNOT');
      let response: string | null = null;
      if (!args.ended) {
        args.space();
        response = args.rest === '=' ? '' : args.rest;
      } else {
        session.writer.line('+ ');
        session.writer.send();
        response = await session.reader.line();
      }
      if (response === null || response === '*') throw bad('Authentication aborted');
      const [, user, password] = Buffer.from(response, 'base64').toString('utf8').split('\0');
      if (user === undefined || password === undefined) throw bad('Invalid authentication response');
      return login(session, user, password);
    },
  },

  /** RFC 5161; what is unknown is no error. */
  ENABLE: {
    when: 'authenticated',
    run: (session, args) => {
      const wanted: string[] = [];
      do {
        args.space();
        wanted.push(args.atom().toUpperCase());
      } while (!args.ended);
      if (session.account?.capabilities.utf8 === true && wanted.includes('UTF8=ACCEPT')) session.utf8 = true;
      session.writer.line(`* ENABLED${session.utf8 ? ' UTF8=ACCEPT' : ''}`);
      return { text: 'Enabled' };
    },
  },

  /** RFC 2342. */
  NAMESPACE: {
    when: 'authenticated',
    run: (session) => {
      const { prefix = '', delimiter = null } = session.account?.capabilities ?? {};
      session.writer.line(`* NAMESPACE ((${quote(prefix)} ${nquote(delimiter)})) NIL NIL`);
      return { text: 'Namespace completed' };
    },
  },

  /** RFC 2177. */
  IDLE: {
    when: 'authenticated',
    offered: ({ idle }) => idle !== false,
    run: async (session, args) => {
      args.end();
      const line = await session.idle(session.account?.capabilities.idle === 'mute');
      if (line?.toUpperCase() !== 'DONE') throw bad('DONE was expected');
      return { text: 'Idle completed' };
    },
  },
};

function login(session: Session, user: string, password: string): Done {
  const account = session.store.login(user, password);
  if (account === null) throw no('Authentication failed', 'AUTHENTICATIONFAILED');
  if (account.sessions.size >= account.capabilities.connections) {
    throw no('Too many simultaneous connections. (Failure)', 'ALERT');
  }
  account.sessions.add(session);
  session.account = account;
  return { text: 'Logged in', code: `CAPABILITY ${session.capabilities()}` };
}
