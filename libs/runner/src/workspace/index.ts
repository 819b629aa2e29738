// The repository and its apps, read from files: nothing is started, and loading is cheap.
export { type App, findApps } from './apps.js';
export { fromSource, repository } from './repository.js';
