import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { wallClockMs } from '@ftgo/kernel';
import { z } from 'zod';
import { neededWhen, rejectedWhen } from './parse-config.js';
import { accepts, hasCertificate } from './readable-file.js';

type Given = Readonly<Record<string, string | undefined>>;

/** With one of the files, all are required: gRPC identifies both sides of a connection. */
const neededWithTls = {
  condition: (given: Given): boolean => ['tlsCertFile', 'tlsKeyFile', 'tlsCaFile'].some((field) => given[field] !== undefined),
};

/** Why a certificate cannot be used with a private key, both in PEM; undefined if it can. Throws if one cannot be read. */
export function certificateProblem(certificate: string | Buffer, privateKey: string | Buffer): string | undefined {
  const parsed = new X509Certificate(certificate);
  if (!parsed.checkPrivateKey(createPrivateKey(privateKey))) return 'the private key does not belong to the certificate';
  if (Date.parse(parsed.validTo) < wallClockMs()) return `the certificate expired on ${parsed.validTo}`;
  return undefined;
}

const hasKey = (file: string): boolean => accepts(file, (content) => createPrivateKey(content).type === 'private');

const isExpired = (file: string | undefined): boolean =>
  file !== undefined && accepts(file, (content) => Date.parse(new X509Certificate(content).validTo) < wallClockMs());

/** False if one of them cannot be read: that is reported by itself. */
const areDifferentPairs = ({ tlsCertFile: certificate, tlsKeyFile: key }: Given): boolean =>
  certificate !== undefined &&
  key !== undefined &&
  accepts(certificate, (content) => !new X509Certificate(content).checkPrivateKey(createPrivateKey(readFileSync(key))));

const file = (isReadable: (file: string) => boolean, content: string, description: string) =>
  z.string().refine(isReadable, `cannot read a ${content} from it`).optional().describe(description).register(neededWhen, neededWithTls);

/** The certificates by which services identify each other. */
export const tlsConfig = {
  tlsCertFile: file(
    hasCertificate,
    'certificate',
    'a PEM file with the certificate of this app, followed by intermediate ones; one of its alternative names (SAN) is the name of the app. With it, gRPC is encrypted, and needs certificates from both sides',
  ).register(rejectedWhen, { condition: ({ tlsCertFile }) => isExpired(tlsCertFile), reason: 'the certificate has expired' }),
  tlsKeyFile: file(hasKey, 'private key', 'a PEM file with the private key of the certificate; required with FTGO_TLS_CERT_FILE').register(
    rejectedWhen,
    { condition: areDifferentPairs, reason: 'it does not belong to FTGO_TLS_CERT_FILE' },
  ),
  tlsCaFile: file(
    hasCertificate,
    'certificate',
    'a PEM file with the certificates of the authorities that issue the certificates of services; required with FTGO_TLS_CERT_FILE',
  ),
};

/** The certificates of a server, and who else may call it. */
export const tlsServerConfig = {
  ...tlsConfig,
  tlsCallers: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .optional()
    .describe(
      'names of further clients, as in their certificates, that may call this service in addition to the apps that call it, separated by commas, such as courier-gateway; default none',
    ),
};

/** Files in PEM, which are read again when they change. */
export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authorities that issue the certificates of peers. */
  readonly caFile: string;
  /** Names in client certificates that a server accepts in addition to those in the context map. */
  readonly callers?: readonly string[] | undefined;
}

interface TlsConfig {
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsCaFile?: string | undefined;
  readonly tlsCallers?: readonly string[] | undefined;
}

/** The certificates of a process; undefined if its gRPC is not encrypted. */
export function tlsSettings({ tlsCertFile, tlsKeyFile, tlsCaFile, tlsCallers }: TlsConfig): TlsSettings | undefined {
  if (!tlsCertFile || !tlsKeyFile || !tlsCaFile) return undefined;
  return { certFile: tlsCertFile, keyFile: tlsKeyFile, caFile: tlsCaFile, callers: tlsCallers };
}
