import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Broker, memoryBroker } from '@ftgo/messaging/broker';
import { describeService, type ServiceModule } from '@ftgo/platform';
import { findApps } from '@ftgo/runner/workspace';

/** The apps with an HTTP API. */
export const appsWithApi = (root: string): string[] =>
  findApps(join(root, 'apps')).flatMap(({ name, folder }) => (existsSync(join(folder, 'src', 'app.module.ts')) ? [name] : []));

/** An app's module as its main.ts uses it. Its configuration is read only by providers, of which none is created here. */
interface AppModule {
  forRoot(config: object, broker: Broker): ReturnType<ServiceModule<object>['forRoot']>;
}

/** The OpenAPI document of an app, with the address of `npm start` in place of "this process". */
export async function openApi(root: string, app: string): Promise<object> {
  const file = pathToFileURL(join(root, 'apps', app, 'src', 'app.module.ts')).href;
  const { AppModule } = (await import(/* @vite-ignore */ file)) as { AppModule: AppModule };
  const document = await describeService(AppModule.forRoot({}, memoryBroker()), app);
  return { ...document, servers: document.servers?.filter(({ url }) => url !== '/') ?? [] };
}
