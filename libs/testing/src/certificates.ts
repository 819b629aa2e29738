import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key, in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Why no certificates can be made here; undefined if they can. */
export const noCertificates = (): string | undefined => (spawnSync('openssl', ['version']).status === 0 ? undefined : 'no openssl');

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority for one spec, which issues certificates by openssl. */
export class TestAuthority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ftgo-authority-'));

  constructor(name = 'authority') {
    this.openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', `/CN=${name}`);
  }

  /** Its own certificate, which its clients trust. */
  get certificate(): string {
    return readFileSync(join(this.folder, 'ca.pem'), 'utf8');
  }

  /** Issues a certificate for names such as `order-service`, or `IP:127.0.0.1`; valid for two days, or until yesterday. */
  issue(names: readonly string[], { subject = 'any', isExpired = false } = {}): IssuedCertificate {
    const id = randomBytes(8).toString('hex');
    const alternatives = names.map((name) => (name.includes(':') ? name : `DNS:${name}`)).join(',');
    writeFileSync(join(this.folder, `${id}.ext`), `subjectAltName=${alternatives}\n`);
    this.openssl('req', '-new', ...key, '-keyout', `${id}.key`, '-out', `${id}.csr`, '-subj', `/CN=${subject}`);
    const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', `0x${id}`, '-days', isExpired ? '-1' : '2'];
    this.openssl('x509', '-req', '-in', `${id}.csr`, ...issuer, '-extfile', `${id}.ext`, '-out', `${id}.pem`);
    const [certificate, privateKey] = [`${id}.pem`, `${id}.key`].map((file) => readFileSync(join(this.folder, file), 'utf8'));
    return { certificate: certificate ?? '', privateKey: privateKey ?? '' };
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/** The files of one process, which can be replaced. */
export class CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'ftgo-certificates-'));

  constructor(authorities: string, issued: IssuedCertificate) {
    this.certFile = join(this.folder, 'tls.crt');
    this.keyFile = join(this.folder, 'tls.key');
    this.caFile = join(this.folder, 'ca.crt');
    this.trust(authorities);
    this.replace(issued);
  }

  /** Replaces one file after the other, each in one step, as an operator does. */
  replace({ certificate, privateKey }: IssuedCertificate): void {
    this.write(this.certFile, certificate);
    this.write(this.keyFile, privateKey);
  }

  /** Replaces the certificates of the trusted authorities. */
  trust(authorities: string): void {
    this.write(this.caFile, authorities);
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(file: string, content: string): void {
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
