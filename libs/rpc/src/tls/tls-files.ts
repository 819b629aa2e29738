import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { certificateProblem, type TlsSettings } from '@ftgo/platform';
import type { experimental } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';

/** How often the files are read. */
const checkMs = 1_000;

/** The content of the files, in PEM. */
interface Contents {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly caCertificate: Buffer;
}

const ofSettings = new WeakMap<TlsSettings, TlsFiles>();

/** The files of these settings, read once for all servers and clients of the process. Throws if they cannot be used. */
export function tlsFiles(settings: TlsSettings): TlsFiles {
  const files = ofSettings.get(settings) ?? new TlsFiles(settings);
  ofSettings.set(settings, files);
  return files;
}

/**
 * A certificate, its key and the trusted authorities, from files that can be replaced at any time: connections that are opened
 * afterwards use the new ones. Until all of them are there and match, the previous ones remain in use. The watcher of grpc-js
 * would reject connections in between.
 */
export class TlsFiles implements experimental.CertificateProvider {
  private readonly log = new Logger(TlsFiles.name);
  private readonly caListeners = new Set<experimental.CaCertificateUpdateListener>();
  private readonly identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  private contents: Contents;
  private rejected: Contents | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settings: TlsSettings) {
    const { certFile, keyFile, caFile } = settings;
    this.contents = checked({
      certificate: readFileSync(certFile),
      privateKey: readFileSync(keyFile),
      caCertificate: readFileSync(caFile),
    });
  }

  /** The certificate in use. */
  get certificate(): X509Certificate {
    return new X509Certificate(this.contents.certificate);
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.caListeners.add(listener);
    process.nextTick(listener, this.contents);
    this.watch();
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.identityListeners.add(listener);
    process.nextTick(listener, this.contents);
    this.watch();
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.identityListeners.delete(listener);
  }

  /** Checks the files while something uses them. */
  private watch(): void {
    this.timer ??= setTimeout(() => void this.check(), checkMs).unref();
  }

  private async check(): Promise<void> {
    const { certFile, keyFile, caFile } = this.settings;
    try {
      const [certificate, privateKey, caCertificate] = await Promise.all([readFile(certFile), readFile(keyFile), readFile(caFile)]);
      this.use({ certificate, privateKey, caCertificate });
    } catch {
      // A file is being replaced, or was deleted: it was readable when the process started.
    }
    this.timer = undefined;
    if (this.caListeners.size + this.identityListeners.size > 0) this.watch();
  }

  private use(contents: Contents): void {
    if (isEqual(contents, this.contents) || (this.rejected && isEqual(contents, this.rejected))) return;
    try {
      this.contents = checked(contents);
    } catch (error) {
      // Reported once; it may be that the certificate is replaced already, and its key is not.
      this.rejected = contents;
      this.log.warn(
        { reason: (error as Error).message, file: this.settings.certFile },
        'certificate files rejected; the previous ones are used',
      );
      return;
    }
    this.rejected = undefined;
    this.log.log({ names: this.certificate.subjectAltName, validTo: this.certificate.validTo }, 'certificate files replaced');
    for (const listener of this.caListeners) listener(this.contents);
    for (const listener of this.identityListeners) listener(this.contents);
  }
}

function checked(contents: Contents): Contents {
  const problem = certificateProblem(contents.certificate, contents.privateKey);
  if (problem !== undefined) throw new Error(problem);
  // Throws if there is none.
  void new X509Certificate(contents.caCertificate);
  return contents;
}

const isEqual = (a: Contents, b: Contents): boolean =>
  a.certificate.equals(b.certificate) && a.privateKey.equals(b.privateKey) && a.caCertificate.equals(b.caCertificate);
