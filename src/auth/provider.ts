/** Where an authorization server answers (RFC 6749), and what a mailbox needs to ask of it. */
export interface Provider {
  /** For people: `Google`, `Microsoft`, or the host of its token endpoint. */
  readonly name: string;
  /** Compared with what an answer says of itself (RFC 9207). */
  readonly issuer: string;
  readonly token: string;
  /** Where a browser is sent; null: it has none. */
  readonly authorization: string | null;
  /** RFC 8628; null: it gives no device codes for mail. */
  readonly device: string | null;
  /** Reading and changing a mailbox, and a token to come back with. */
  readonly scope: string;
  /** The same for an application that logs in by itself; null: there is no such thing. */
  readonly applicationScope: string | null;
  /**
   * This machine, as the application names it where the browser comes back to; the port is any (RFC 8252 7.3). Microsoft's
   * pages take localhost alone.
   */
  readonly loopback: 'http://127.0.0.1' | 'http://localhost';
  /** What else the browser's address has to say. */
  readonly ask: Readonly<Record<string, string>>;
}

/**
 * Google's endpoints, and the scope of IMAP and SMTP. Its device codes are not for mail: they give a few harmless
 * scopes alone. Without `offline` there is no refresh token, and without `consent` none the second time.
 */
export const google: Provider = {
  name: 'Google',
  issuer: 'https://accounts.google.com',
  token: 'https://oauth2.googleapis.com/token',
  authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
  device: null,
  scope: 'https://mail.google.com/',
  applicationScope: null,
  loopback: 'http://127.0.0.1',
  ask: { access_type: 'offline', prompt: 'consent' },
};

/** Microsoft's identity platform, version 2. `tenant`: a domain, a directory's id, or `organizations`. */
export function microsoft(tenant: string): Provider {
  const base = `https://login.microsoftonline.com/${encodeURIComponent(tenant)}`;
  return {
    name: 'Microsoft',
    issuer: `${base}/v2.0`,
    token: `${base}/oauth2/v2.0/token`,
    authorization: `${base}/oauth2/v2.0/authorize`,
    device: `${base}/oauth2/v2.0/devicecode`,
    scope: 'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access',
    applicationScope: 'https://outlook.office365.com/.default',
    loopback: 'http://localhost',
    ask: { prompt: 'select_account' },
  };
}
