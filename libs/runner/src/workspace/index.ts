// The repository and its apps, read from files: nothing is started, and loading is cheap.
export { type App, findApps, managementPortOf } from './apps.js';
export { fromSource, repository } from './repository.js';
