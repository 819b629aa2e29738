import { ConfigError, type TlsSettings } from '@ftgo/platform';
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  experimental,
  ServerCredentials,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { admittedCallers } from './admitted-callers.js';
import { isNamed } from './certificate-names.js';
import { tlsFiles } from './tls-files.js';

/** How a server with these names, such as `order-service`, is reached. Without settings: in clear text, by any client. */
export function serverSecurity(names: readonly string[], settings: TlsSettings | undefined) {
  if (!settings) return { credentials: ServerCredentials.createInsecure(), interceptors: [] as ServerInterceptor[] };
  const files = tlsFiles(settings);
  const missing = names.filter((name) => !isNamed(files.certificate, name));
  if (missing.length > 0) {
    throw new ConfigError([
      `FTGO_TLS_CERT_FILE is invalid (its certificate is for ${files.certificate.subjectAltName ?? 'no name'}); set it to a certificate with the alternative name DNS:${missing[0]}`,
    ]);
  }
  return {
    credentials: experimental.createCertificateProviderServerCredentials(files, files, true),
    interceptors: [admittedCallers(names, settings.callers)],
  };
}

/** How a client connects to a service, which must have a certificate with its name, whatever its address is. */
export function clientSecurity(
  name: string,
  settings: TlsSettings | undefined,
): { readonly credentials: ChannelCredentials; readonly options: ChannelOptions } {
  if (!settings) return { credentials: credentials.createInsecure(), options: {} };
  const files = tlsFiles(settings);
  return {
    credentials: experimental.createCertificateProviderChannelCredentials(files, files),
    options: { 'grpc.ssl_target_name_override': name },
  };
}
