// Creates the databases and roles that the secrets name, with the code of npm start on another server.
import { provision, urlFor } from '@ftgo/runner/provision';
import { address, isPolled, secrets } from './environment.js';

const adminUrl = urlFor(`postgres://${address}/`, { database: 'postgres', role: 'postgres', password: secrets.adminPassword });
const { databases, passwordOf } = secrets;
await provision({ adminUrl, databases, passwordOf, isPolled, isOwnServer: true });
console.log(`set up ${databases.length} databases: ${databases.join(', ')}`);
