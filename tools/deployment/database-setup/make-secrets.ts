// Creates a password for the administrator of Postgres and for each role, once, readable only by its owner.
import { address, databases, secrets } from './environment.js';

const made = secrets.make(address, databases());
console.log(made.length > 0 ? `created ${made.join(', ')}` : 'all secrets already exist');
