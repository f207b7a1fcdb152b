/** Why another machine could not be reached, by the code of the system, of TLS or of OpenSSL. Null: the code does not say. */
export type Unreached = 'dns' | 'refused' | 'unreachable' | 'certificate' | 'tls';

const hosts = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL']);
const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT', 'EADDRNOTAVAIL']);

export function unreachedBy(code: string): Unreached | null {
  if (hosts.has(code)) return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  if (unreachable.has(code)) return 'unreachable';
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED/.test(code)) {
    return 'certificate';
  }
  return /^ERR_SSL|^ERR_TLS|^EPROTO$|^STARTTLS_INJECTION$|^UPGRADE_TIMEOUT$/.test(code) ? 'tls' : null;
}

/** Another side's words may hold addresses, the one that logged in too. */
export function hideAddresses(text: string): string {
  return text.replace(/[^\s"<>]+@[^\s"<>]+/g, '…');
}
