import { startImap4d } from '../servers/imap4d.ts';
import { mailboxSuite } from './mailbox.suite.ts';

mailboxSuite(
  'GNU imap4d',
  { move: false, uidplus: false, keywords: false, objectId: false, gmail: false, shared: false, idle: 'mute' },
  () => startImap4d(),
);
