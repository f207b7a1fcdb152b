import { startCyrus } from '../servers/cyrus.ts';
import { mailboxSuite } from './mailbox.suite.ts';

mailboxSuite(
  'Cyrus',
  { move: true, uidplus: true, keywords: true, objectId: true, gmail: false, shared: true, idle: 'speaks' },
  () => startCyrus(),
);
