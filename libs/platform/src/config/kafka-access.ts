import { z } from 'zod';
import { neededWhen } from './parse-config.js';
import { accepts, hasCertificate } from './readable-file.js';

/** With one of the credentials, all are required, and TLS, so that no password is sent in clear text. */
const neededWithCredentials = {
  condition: (given: Readonly<Record<string, string | undefined>>): boolean =>
    ['kafkaSaslMechanism', 'kafkaUsername', 'kafkaPasswordFile'].some((field) => given[field] !== undefined),
};

const isAuthority = (file: string): boolean => file === 'system' || hasCertificate(file);

/** Whether a password can be read from the file. */
export const hasPassword = (file: string): boolean => accepts(file, (content) => content.trim() !== '');

const user = (description: string) => z.string().optional().describe(description).register(neededWhen, neededWithCredentials);

/** TLS and credentials of a Kafka client. */
export const kafkaAccess = {
  kafkaTlsCaFile: z
    .string()
    .refine(isAuthority, 'cannot read a certificate from it')
    .optional()
    .describe('a PEM file with the certificates of trusted authorities, or system for those that Node.js trusts; required with SASL')
    .register(neededWhen, neededWithCredentials),
  kafkaSaslMechanism: z
    .enum(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'])
    .optional()
    .describe('SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN; required with a username')
    .register(neededWhen, neededWithCredentials),
  kafkaUsername: user('the user in Kafka; required with SASL'),
  kafkaPasswordFile: z
    .string()
    .refine(hasPassword, 'cannot read a password from it')
    .optional()
    .describe('the file with the password, read again for each connection; required with SASL')
    .register(neededWhen, neededWithCredentials),
};

/** The same for a process that acts for several services. `{service}` stands for the name of the service. */
export const kafkaAccessPerService = {
  ...kafkaAccess,
  kafkaUsername: user('the user in Kafka, with `{service}` for a user per service, such as {service}-relay; required with SASL'),
  kafkaPasswordFile: user(
    'the file with the password, read again for each connection, with `{service}` for a file per service; required with SASL',
  ),
};
