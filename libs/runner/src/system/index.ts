// A system that npm start runs, as seen from another process. The code that starts one is not loaded; see `systemProgram`.
export { AppProgram } from './app-program.js';
export type { BrokerAccess } from './broker.js';
export { ControlClient, type ListedProcess, NotRunning } from './control-client.js';
export { deleteData } from './delete-data.js';
export { Home } from './home.js';
export { readable } from './readable-log.js';
export type { SystemDescription } from './system.js';
export { systemProgram } from './system-program.js';
