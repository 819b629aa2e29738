import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { runService, tlsSettings, tokenSettings } from '@ftgo/platform';
import { grpcServerOptions } from '@ftgo/rpc';
import { AppModule, service } from './app.module.js';
import { readConfig } from './config.js';

await runService(AppModule, {
  name: service,
  config: readConfig,
  grpc: (config, isReady) =>
    grpcServerOptions({
      services: [DeliveryServiceApi],
      port: config.grpcPort,
      host: config.httpHost,
      limits: config,
      isReady,
      discovery: config,
      security: tokenSettings(config),
      tls: tlsSettings(config),
    }),
});
