export { HandlesCommand, HandlesEvent, IndependentPerKey } from './decorators.js';
export { HandlerExplorer, messagingContextType } from './handler-explorer.js';
export { MessagingModule } from './messaging.module.js';
export { MessagingExtension } from './messaging-extension.js';
export { MessagingHealth } from './messaging-health.js';
export { type MessagingModuleOptions, MessagingOptions } from './messaging-options.js';
export { MessagingRuntime } from './messaging-runtime.js';
export { nestLogger } from './nest-logger.js';
