import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key, in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** For both sides of a connection, and not for issuing other certificates. */
const usage = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n';

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority that issues certificates by openssl, which must be installed. Its certificate and key are files in a folder. */
export class CertificateAuthority {
  /** Creates the authority with this name in the folder, unless the folder has one. */
  constructor(
    protected readonly folder: string,
    name: string,
    private readonly days: number,
  ) {
    if (existsSync(this.certFile)) return;
    const files = ['-keyout', this.keyFile, '-out', this.certFile];
    this.openssl('req', '-x509', ...key, ...files, '-days', String(days), '-subj', `/CN=${name}`);
  }

  /** Its own certificate in PEM, which peers trust. */
  get certificate(): string {
    return readFileSync(this.certFile, 'utf8');
  }

  /**
   * Issues a certificate for names such as `order-service`, or `IP:127.0.0.1`. It is valid for as many days as the authority was when
   * it was created, or for the given number, which may be negative. The subject is empty if none is given.
   */
  issue(names: readonly string[], { subject = '', days = this.days } = {}): IssuedCertificate {
    const files = mkdtempSync(join(tmpdir(), 'ftgo-issued-'));
    const [keyFile, request, extensions] = ['key', 'csr', 'ext'].map((name) => join(files, name)) as [string, string, string];
    try {
      const alternatives = names.map((name) => (name.includes(':') ? name : `DNS:${name}`)).join(',');
      writeFileSync(extensions, `${usage}subjectAltName=${subject ? '' : 'critical,'}${alternatives}\n`);
      this.openssl('req', '-new', ...key, '-keyout', keyFile, '-out', request, '-subj', subject ? `/CN=${subject}` : '/');
      const issuer = ['-CA', this.certFile, '-CAkey', this.keyFile, '-set_serial', `0x${randomBytes(8).toString('hex')}`];
      const certificate = this.openssl('x509', '-req', '-in', request, ...issuer, '-days', String(days), '-extfile', extensions);
      return { certificate, privateKey: readFileSync(keyFile, 'utf8') };
    } finally {
      rmSync(files, { recursive: true, force: true });
    }
  }

  private get certFile(): string {
    return join(this.folder, 'ca.crt');
  }

  private get keyFile(): string {
    return join(this.folder, 'ca.key');
  }

  private openssl(...args: readonly string[]): string {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
