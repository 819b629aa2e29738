// The users of a secured Kafka. Loads a Kafka client, which most programs of the runner do not need.
export { applyAccess, type SecuredKafka, setPasswords } from './apply-access.js';
export { certificateIn, createCertificate } from './certificate.js';
export { adminSettings, keyStoreUser, type Secured, securedSettings } from './secured-settings.js';
export { type AccessRule, adminUser, appUsers, type KafkaUser, mechanismOf, passwordFile, passwordOf } from './users.js';
