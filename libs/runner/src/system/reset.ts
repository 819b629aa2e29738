// npm run reset: deletes the data of npm start.
import { rememberedProcess } from '../process/left-behind.js';
import { deleteData } from './delete-data.js';
import { Home } from './home.js';

const home = new Home();
const running = rememberedProcess(home.supervisorPid);
if (running) {
  console.error(`npm start is running in ${home.folder} (process ${running.pid}); stop it first, with Ctrl-C or kill ${running.pid}`);
  process.exit(1);
}
await deleteData(home);
console.log(`deleted ${home.folder}; the next npm start begins with empty databases`);
