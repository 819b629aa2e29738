// Processes of this machine, started, found again after a crash, and stopped; and the ports they listen on.
export { findCommand } from './find-command.js';
export { endLeftBehind, rememberedProcess } from './left-behind.js';
export { isAlive, signalProcess, startTime } from './os-process.js';
export { freePort, freePorts, isFree } from './ports.js';
export { lastLines, ProgramProcess } from './program-process.js';
export { waitUntil } from './wait.js';
