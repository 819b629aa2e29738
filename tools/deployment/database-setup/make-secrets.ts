// Creates a password for the administrator of Postgres and for each role, once, readable only by its owner; with security on, also
// those of Kafka's users and of identity-service.
import { address, databases, isSecure, secrets } from './environment.js';

const made = secrets.make(address, databases());
// Loads a Kafka client.
if (isSecure) made.push(...(await import('./secure-secrets.js')).makeSecureSecrets(secrets));
console.log(made.length > 0 ? `created ${made.join(', ')}` : 'all secrets already exist');
