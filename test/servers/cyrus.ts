import { createTransport } from 'nodemailer';
import { loadAtOnce } from './load.ts';
import { type OverlayServer, startInOverlay, userByUser, users } from './overlay.ts';

export interface CyrusOptions {
  /** THREADID (RFC 8474) beside EMAILID. */
  readonly conversations?: boolean;
  /** Capabilities that it shall not have, e.g. `['MOVE', 'XMOVE', 'UIDPLUS']`. */
  readonly hide?: readonly string[];
}

/** Cyrus 3.6: MOVE, UIDPLUS, CONDSTORE, QRESYNC, OBJECTID. It refuses mail with broken headers. */
export async function startCyrus(options: CyrusOptions = {}): Promise<OverlayServer> {
  const port = 10143;
  const lmtpPort = 10024;
  const server = await startInOverlay('cyrus', port, (host) => commands(host, port, lmtpPort, options));
  const lmtp = createTransport({ host: server.host, port: lmtpPort, lmtp: true, ignoreTLS: true, pool: true });
  return {
    host: server.host,
    port,
    user: userByUser(),
    log: server.log,
    async deliver(user, raw) {
      await lmtp.sendMail({ envelope: { from: 'sender@example.com', to: [user] }, raw });
    },
    load: (user, folder, letters) => loadAtOnce({ host: server.host, port, user, folder }, letters),
    async stop() {
      lmtp.close();
      await server.stop();
    },
  };
}

function commands(host: string, port: number, lmtpPort: number, options: CyrusOptions): string {
  const dir = '/srv/siftd';
  return `
mkdir -p ${dir}/{spool,sock,sieve} ${dir}/var/{socket,proc,lock,db,log,msg,ptclient,user,quota,backup,deliverdb}
cat > ${dir}/imapd.conf <<C
configdirectory: ${dir}/var
defaultpartition: default
partition-default: ${dir}/spool
admins: cyrus
cyrus_user: cyrus
cyrus_group: mail
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${dir}/sasldb2
sasl_mech_list: PLAIN
servername: siftd
virtdomains: off
unixhierarchysep: yes
altnamespace: yes
hashimapspool: true
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Junk
xlist-Junk: Junk
specialusealways: yes
idlesocket: ${dir}/sock/idle
lmtpsocket: ${dir}/sock/lmtp
notifysocket: ${dir}/sock/notify
sievedir: ${dir}/sieve
conversations: ${options.conversations ? 'yes' : 'no'}
conversations_db: twoskip
${options.hide ? `suppress_capabilities: ${options.hide.join(' ')}` : ''}
C
cat > ${dir}/cyrus.conf <<C
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -C ${dir}/imapd.conf -r"
  idled cmd="idled -C ${dir}/imapd.conf"
}
SERVICES {
  imap cmd="imapd -C ${dir}/imapd.conf -U 30" listen="${host}:${port}" prefork=1 maxchild=100
  lmtp cmd="lmtpd -C ${dir}/imapd.conf -a" listen="${host}:${lmtpPort}" prefork=0 maxchild=20
}
EVENTS {
  checkpoint cmd="ctl_cyrusdb -C ${dir}/imapd.conf -c" period=30
}
C
for user in cyrus ${users.join(' ')}; do echo secret | saslpasswd2 -p -c -f ${dir}/sasldb2 -u siftd $user; done
chown -R cyrus:mail ${dir}
chmod 755 ${dir}
exec /usr/lib/cyrus/bin/master -C ${dir}/imapd.conf -M ${dir}/cyrus.conf -p ${dir}/master.pid -D`;
}
