import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certify } from './certificate.ts';
import { startInOverlay } from './overlay.ts';
import { type Smtp, startSmtp } from './smtp.ts';

/**
 * Postfix 3.7, which takes mail for customer.example and, after a login as "siftd@siftd" with the password "secret", for
 * everybody; all of it arrives, by LMTP, in `received`. It refuses refused@customer.example, greylists later@customer.example,
 * and refuses at its end what bears `X-Refuse: yes`. Its ports are 587, with STARTTLS, and 465.
 */
export async function startPostfix(): Promise<Pick<Smtp, 'cert' | 'received' | 'stop'> & { readonly host: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'siftd-postfix-'));
  await certify(folder);
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name), 'utf8')));
  await rm(folder, { recursive: true });
  const lmtp = await startSmtp({ lmtp: true, hideSTARTTLS: true });
  try {
    const server = await startInOverlay('cyrus', 587, (host) => commands(host, lmtp.port, key ?? '', cert ?? ''));
    return {
      host: server.host,
      cert: cert ?? '',
      received: lmtp.received,
      async stop() {
        await server.stop();
        await lmtp.stop();
      },
    };
  } catch (error) {
    await lmtp.stop();
    throw error;
  }
}

function commands(host: string, lmtp: number, key: string, cert: string): string {
  return `
cd /etc/postfix
cat > key.pem <<C
${key}
C
cat > cert.pem <<C
${cert}
C
chmod 600 key.pem
cat > main.cf <<C
compatibility_level = 3.6
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.postfix.example
mydestination =
mynetworks =
virtual_mailbox_domains = customer.example
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:${lmtp}
default_transport = lmtp:inet:127.0.0.1:${lmtp}
alias_maps =
smtpd_tls_cert_file = /etc/postfix/cert.pem
smtpd_tls_key_file = /etc/postfix/key.pem
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_tls_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ { refused@customer.example = 550 5.1.1 no such user }, { later@customer.example = 450 4.2.0 greylisted } }
header_checks = regexp:{ { /^X-Refuse: yes/ REJECT we do not like it } }
message_size_limit = 1000000
C
cat > master.cf <<C
${host}:587 inet n - n - - smtpd
${host}:465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
C
mkdir -p sasl
printf 'pwcheck_method: auxprop\\nauxprop_plugin: sasldb\\nsasldb_path: /etc/postfix/sasldb2\\nmech_list: PLAIN LOGIN\\n' > sasl/smtpd.conf
echo secret | saslpasswd2 -p -c -f /etc/postfix/sasldb2 -u siftd siftd
chown postfix sasldb2
exec /usr/lib/postfix/sbin/master -i`;
}
