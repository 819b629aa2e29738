import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { AccessDenied } from '@ftgo/messaging/broker';
import type { AccessNames } from './access.js';

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

export const systemCa = 'system';

/** The options of `tls.connect`; the file is read whenever they are used. */
export function tlsFrom({ tlsCaFile, names }: KafkaAccess): TlsOptions | undefined {
  if (tlsCaFile === undefined) return undefined;
  if (tlsCaFile === systemCa) return {};
  return {
    get ca() {
      return readSetting(tlsCaFile, names.tls);
    },
  };
}

export const readPassword = (file: string, { names }: KafkaAccess): string => readSetting(file, names.password).trim();

function readSetting(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AccessDenied(`cannot read ${file}, named by ${name}: ${(error as Error).message}`, { cause: error });
  }
}
