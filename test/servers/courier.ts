import { loadOneByOne } from './load.ts';
import { type OverlayServer, startInOverlay, userByUser, users } from './overlay.ts';

export interface CourierOptions {
  /** Default true; false: a server that keeps no keywords. */
  readonly keywords?: boolean;
  /** Default false; true: IDLE that speaks. */
  readonly idle?: boolean;
}

/** Courier 5.0: UIDPLUS, no MOVE, no CONDSTORE; folders live under `INBOX.`; SELECT tells no UIDNEXT. */
export async function startCourier(options: CourierOptions = {}): Promise<OverlayServer> {
  const port = 10143;
  const server = await startInOverlay('courier', port, (host) => commands(host, port, options));
  const load: OverlayServer['load'] = (user, folder, letters) =>
    loadOneByOne({ host: server.host, port, user, folder }, letters);
  return { ...server, port, user: userByUser(), load, deliver: (user, raw) => load(user, 'INBOX', [{ raw }]) };
}

function commands(host: string, port: number, options: CourierOptions): string {
  const dir = '/srv/siftd';
  return `
mkdir -p ${dir}
password=$(openssl passwd -1 secret)
rm -rf /etc/courier/userdb*
(umask 077; : > /etc/courier/userdb)
for user in ${users.join(' ')}; do
  mkdir ${dir}/$user
  maildirmake.courier ${dir}/$user/Maildir
  printf '%s\\tuid=8|gid=8|home=%s|mail=%s|systempw=%s\\n' $user ${dir}/$user ${dir}/$user/Maildir "$password" >> /etc/courier/userdb
done
chown -R 8:8 ${dir}
makeuserdb
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
mkdir -p /run/courier/authdaemon
chown -R courier:courier /run/courier
chmod 755 /run/courier
/usr/sbin/courierlogger -pid=/run/courier/auth.pid -start /usr/lib/courier/courier-authlib/authdaemond
set -a
. /etc/courier/imapd
IMAP_KEYWORDS=${options.keywords === false ? 0 : 1} IMAP_ENHANCEDIDLE=${options.idle ? 1 : 0}
IMAP_USELOCKS=1 IMAP_ACL=1 IMAP_TLS_REQUIRED=0 IMAP_EMPTYTRASH= MAXDAEMONS=100 MAXPERIP=100
exec /usr/sbin/couriertcpd -address=${host} -maxprocs=100 -maxperip=100 -nodnslookup -noidentlookup ${port} \\
  /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir`;
}
