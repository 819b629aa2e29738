// Makes a password for Postgres's administrator and for each role, once, and puts it where only its owner finds it.
import { address, databases, secrets } from './environment.js';

const made = secrets.make(address, databases());
console.log(made.length > 0 ? `made ${made.join(', ')}` : 'all secrets are there');
