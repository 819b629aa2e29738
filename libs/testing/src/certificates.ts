import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority, type IssuedCertificate } from '@ftgo/runner/certificates';

/** Why no certificates can be made here; undefined if they can. */
export const noCertificates = (): string | undefined => (spawnSync('openssl', ['version']).status === 0 ? undefined : 'no openssl');

/** An authority for one spec, which issues certificates by openssl. */
export class TestAuthority extends CertificateAuthority {
  constructor(name = 'authority') {
    super(mkdtempSync(join(tmpdir(), 'ftgo-authority-')), name, 2);
  }

  /** Issues a certificate for names such as `order-service`, or `IP:127.0.0.1`; valid for two days, or until yesterday. */
  override issue(names: readonly string[], { subject = 'any', isExpired = false } = {}): IssuedCertificate {
    return super.issue(names, { subject, ...(isExpired && { days: -1 }) });
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
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
