import { loadOneByOne } from './load.ts';
import { type OverlayServer, startInOverlay, users } from './overlay.ts';

/**
 * GNU mailutils imap4d, the poorest server that is still in use: no MOVE, no UIDPLUS (UID EXPUNGE is BAD), no keywords
 * (STORE of one is BAD), an IDLE that never speaks, and it takes a UID beyond the last for the last message.
 */
export async function startImap4d(): Promise<OverlayServer> {
  const port = 10143;
  const server = await startInOverlay('imap4d', port, (host) => commands(host, port));
  const load: OverlayServer['load'] = (user, folder, letters) =>
    loadOneByOne({ host: server.host, port, user, folder }, letters);
  return { ...server, port, users, load, deliver: (user, raw) => load(user, 'INBOX', [{ raw }]) };
}

function commands(host: string, port: number): string {
  return `
printf '%s\\n' ${users.map((user, index) => `${user}:secret:${3000 + index}:8::/home/${user}:/bin/sh`).join(' ')} | newusers
for user in ${users.join(' ')}; do
  : > /var/mail/$user
  chown $user:mail /var/mail/$user
  chmod 660 /var/mail/$user
done
chmod 1777 /var/mail
cat > /etc/siftd-imap4d.conf <<C
mode daemon;
foreground yes;
max-children 100;
timeout 3600;
login-disabled no;
auth { authentication "system:generic"; authorization "system"; };
home-dir-mode 0700;
create-home-dir yes;
server ${host}:${port} { };
logging { syslog no; };
C
# Not as process 1 of its namespace: it would answer nobody.
imap4d --no-config --config-file=/etc/siftd-imap4d.conf --foreground &
wait`;
}
