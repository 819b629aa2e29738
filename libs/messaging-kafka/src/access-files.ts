import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { AccessDenied } from '@ftgo/messaging/broker';
import type { AccessNames } from './access.js';
import type { KafkaBrokerOptions } from './options.js';

/** Access to a secured Kafka. Files are read for each connection, so that they can be replaced at any time. */
export interface KafkaAccess {
  /** The certificates of the authorities to be trusted, in PEM; `system`: those that Node.js trusts. Undefined: no TLS. */
  readonly tlsCaFile?: string | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' | 'PLAIN';
        readonly username: string;
        readonly passwordFile: string;
      }
    | undefined;
  /** The names of these settings, for errors. */
  readonly names: AccessNames;
}

const systemCa = 'system';

/** The options of `tls.connect`; the file is read whenever they are used. */
function tlsFrom({ tlsCaFile, names }: KafkaAccess): TlsOptions | undefined {
  if (tlsCaFile === undefined) return undefined;
  if (tlsCaFile === systemCa) return {};
  return {
    get ca() {
      return readSetting(tlsCaFile, names.tls);
    },
  };
}

const readPassword = (file: string, { names }: KafkaAccess): string => readSetting(file, names.password).trim();

function readSetting(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AccessDenied(`cannot read ${file}, named by ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The options of the native client. */
export function nativeAccess(access: KafkaAccess): Partial<KafkaBrokerOptions> {
  const { sasl, names } = access;
  const tls = tlsFrom(access);
  if (!sasl) return { accessNames: names, ...(tls && { tls }) };
  const { mechanism, username, passwordFile } = sasl;
  // A function that fails asynchronously: the client expects no exception.
  const password = async () => readPassword(passwordFile, access);
  return { accessNames: names, ...(tls && { tls }), sasl: { mechanism, username, password } };
}

/** The options of kafkajs, which has no function for a password, but reads the property for each authentication. */
export function kafkaJsAccess(access: KafkaAccess) {
  const { sasl, names } = access;
  const tls = tlsFrom(access);
  if (!sasl) return { accessNames: names, ...(tls && { tls }) };
  const { mechanism, username, passwordFile } = sasl;
  const credentials = {
    mechanism: mechanism.toLowerCase() as 'scram-sha-512',
    username,
    get password() {
      return readPassword(passwordFile, access);
    },
  };
  return { accessNames: names, ...(tls && { tls }), sasl: credentials };
}
