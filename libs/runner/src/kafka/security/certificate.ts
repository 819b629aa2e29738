import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from '../../process/find-command.js';
import { UserError } from '../../user-error.js';
import { findJava } from '../java.js';

const validDays = '3650';
const names = 'san=ip:127.0.0.1,dns:localhost';

/** The certificate of a broker: its private key for Kafka, and the certificate for clients, which trust it. */
export interface Certificate {
  readonly keyStore: string;
  readonly caFile: string;
}

export const certificateIn = (folder: string): Certificate => ({ keyStore: join(folder, 'broker.p12'), caFile: join(folder, 'ca.pem') });

/** Creates the certificate unless it exists, with the keytool of the Java that runs Kafka. */
export function createCertificate(folder: string, password: string): void {
  const { keyStore, caFile } = certificateIn(folder);
  if (existsSync(caFile)) return;
  const store = ['-alias', 'broker', '-storetype', 'PKCS12', '-keystore', keyStore, '-storepass:env', passwordVariable];
  // Of two self-signed certificates with the same name, OpenSSL trusts only the first.
  const name = `CN=${brokerName},O=${randomUUID()}`;
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', name, '-validity', validDays, '-ext', names];
  if (!existsSync(keyStore)) keytool(['-genkeypair', ...store, ...key], password);
  keytool(['-exportcert', '-rfc', ...store, '-file', caFile], password);
}

/** The broker's name in its certificate, with which it authenticates to its own controller. */
export const brokerName = 'kafka';

const passwordVariable = 'KEYSTORE_PASSWORD';

function keytool(args: readonly string[], password: string): void {
  const beside = join(dirname(findJava()?.command ?? ''), 'keytool');
  const command = existsSync(beside) ? beside : (findCommand('keytool') ?? 'keytool');
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { [passwordVariable]: password } });
  if (status !== 0) throw new UserError(`cannot create a certificate for Kafka:\n${stdout}${stderr}`);
}
