import type { X509Certificate } from 'node:crypto';

/** Whether a certificate has this alternative name of type DNS. Its subject does not count, and neither do wildcards. */
export const isNamed = (certificate: X509Certificate, name: string): boolean =>
  certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
