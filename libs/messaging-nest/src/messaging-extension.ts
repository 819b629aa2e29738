import type { Handler, Middleware } from '@ftgo/messaging';

/** A provider that brings handlers or middleware of its own; sagas come in this way. Found by its class. */
export abstract class MessagingExtension {
  handlers(): Handler[] {
    return [];
  }

  middleware(): Middleware[] {
    return [];
  }

  /** Forgets what is old, in small transactions of its own; called with each round of the retention. */
  forget(): Promise<void> {
    return Promise.resolve();
  }
}
