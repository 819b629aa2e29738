import { Consumer } from '../../../consumer.js';
import { consumer } from '../../../entries.js';
import { runLedger } from '../../../ledger-module.js';

await runLedger({ name: consumer, provider: Consumer, topics: [] });
