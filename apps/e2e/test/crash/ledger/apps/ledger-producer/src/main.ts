import { ledgerTopic, producer } from '../../../entries.js';
import { runLedger } from '../../../ledger-module.js';
import { Producer } from '../../../producer.js';

await runLedger({ name: producer, provider: Producer, topics: [ledgerTopic] });
