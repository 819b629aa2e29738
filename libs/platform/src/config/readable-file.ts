import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** True if `check` accepts the content of the file. */
export function accepts(file: string, check: (content: string) => boolean): boolean {
  try {
    return check(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

/** Whether a certificate in PEM can be read from the file. Its subject may be empty, as in those that cert-manager issues. */
export const hasCertificate = (file: string): boolean => accepts(file, (content) => new X509Certificate(content).raw.length > 0);
