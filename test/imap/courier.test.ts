import { startCourier } from '../servers/courier.ts';
import { mailboxSuite } from './mailbox.suite.ts';

const courierHas = { move: false, uidplus: true, objectId: false, gmail: false, shared: true } as const;
mailboxSuite('Courier', { ...courierHas, keywords: true, idle: 'mute' }, () => startCourier());
mailboxSuite(
  'Courier without keywords, with an IDLE that speaks',
  { ...courierHas, keywords: false, idle: 'speaks' },
  () => startCourier({ keywords: false, idle: true }),
);
