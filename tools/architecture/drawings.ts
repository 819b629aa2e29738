import { definitions } from '../definitions/definitions.js';
import { secureComposeFile, securePrometheus } from '../deployment/secure-compose.js';
import { settingsTables } from '../docs/settings.js';
import { architecturePicture } from '../pictures/architecture.js';
import { plotsInReadme } from '../pictures/plots.js';
import { rolesTable } from '../security/roles.js';
import { callersFile } from './callers.js';
import { containersPage } from './containers.js';
import { contextMapPage } from './context-map.js';
import { databasesPage } from './databases.js';
import type { Drawing } from './drawing.js';
import { accessFile, kafkaAccessPage, strimziDeployments, strimziUsers } from './kafka-access.js';
import { messagesPage } from './messages.js';
import { mutualTls } from './mutual-tls.js';
import { sagasPage } from './sagas.js';
import { stateMachinesPage } from './state-machines.js';

/** All pages that are generated, in whole or in part, from the code. */
export const drawings: readonly Drawing[] = [
  containersPage,
  callersFile,
  contextMapPage,
  databasesPage,
  accessFile,
  kafkaAccessPage,
  strimziUsers,
  strimziDeployments,
  ...mutualTls,
  secureComposeFile,
  securePrometheus,
  messagesPage,
  sagasPage,
  stateMachinesPage,
  architecturePicture,
  plotsInReadme,
  rolesTable,
  ...settingsTables,
  ...definitions,
];
