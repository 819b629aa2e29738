import type { Readiness } from '../../process/program.js';
import { certificateIn, createCertificate } from './certificate.js';
import { keyStoreUser, passwordFolderIn } from './secured-settings.js';
import { adminUser, appUsers, createPasswords, mechanismOf, passwordFile, passwordOf } from './users.js';

/** Creates the certificate, and the passwords of the broker, the administrator and the apps, unless they exist. */
export function prepareSecurity(folder: string): void {
  const passwords = passwordFolderIn(folder);
  createPasswords(passwords, [keyStoreUser, adminUser, ...appUsers().map(({ name }) => name)]);
  createCertificate(folder, passwordOf(passwords, keyStoreUser));
}

/** Gives the users their passwords and permissions, once Kafka responds. Loads a Kafka client only here. */
export async function openTo(folder: string, port: number): Promise<Readiness> {
  const { applyAccess } = await import('./apply-access.js');
  const ofUser = (user: string) => passwordOf(passwordFolderIn(folder), user);
  try {
    await applyAccess({ host: '127.0.0.1', port, caFile: certificateIn(folder).caFile, passwordOf: ofUser });
    return { state: 'ready' };
  } catch (error) {
    return { state: 'not ready', reason: `its users cannot be set up yet: ${(error as Error).message}` };
  }
}

/** The settings with which a process connects as one of the users; `{service}` in its name stands for any service. */
export const kafkaSettingsFor = (folder: string, user: string): Readonly<Record<string, string>> => ({
  FTGO_KAFKA_TLS_CA_FILE: certificateIn(folder).caFile,
  FTGO_KAFKA_SASL_MECHANISM: mechanismOf(user),
  FTGO_KAFKA_USERNAME: user,
  FTGO_KAFKA_PASSWORD_FILE: passwordFile(passwordFolderIn(folder), user),
});
