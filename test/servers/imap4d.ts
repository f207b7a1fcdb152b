import { loadOneByOne } from './load.ts';
import { type OverlayServer, startInOverlay, userByUser, users } from './overlay.ts';

/**
 * GNU mailutils imap4d, the poorest server that is still in use: no MOVE, no UIDPLUS (UID EXPUNGE is BAD), no keywords
 * (STORE of one is BAD), an IDLE that never speaks, and it takes a UID beyond the last for the last message.
 */
export async function startImap4d(): Promise<OverlayServer> {
  const port = 10143;
  const server = await startInOverlay('imap4d', port, (host) => commands(host, port));
  const load: OverlayServer['load'] = (user, folder, letters) =>
    loadOneByOne({ host: server.host, port, user, folder }, letters);
  return { ...server, port, user: userByUser(), load, deliver: (user, raw) => load(user, 'INBOX', [{ raw }]) };
}

function commands(host: string, port: number): string {
  return `
password=$(openssl passwd -6 secret)
id=3000
for user in ${users.join(' ')}; do
  id=$((id + 1))
  echo "$user:x:$id:8::/home/$user:/bin/sh" >> /etc/passwd
  echo "$user:$password:19000::::::" >> /etc/shadow
  mkdir /home/$user
  : > /var/mail/$user
  chown $id:8 /home/$user /var/mail/$user
  chmod 660 /var/mail/$user
done
chmod 1777 /var/mail
cat > /etc/siftd-imap4d.conf <<C
mode inetd;
timeout 3600;
login-disabled no;
auth { authentication "system:generic"; authorization "system"; };
home-dir-mode 0700;
create-home-dir yes;
logging { syslog no; };
C
# By way of socat: as a daemon it answers in several small packets, each of which waits 40 ms for the one before.
exec socat TCP-LISTEN:${port},bind=${host},reuseaddr,fork,nodelay \\
  EXEC:'imap4d --no-config --config-file=/etc/siftd-imap4d.conf --inetd'`;
}
