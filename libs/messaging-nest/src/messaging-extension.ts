import type { Handler, Middleware } from '@ftgo/messaging';

/** A provider of additional handlers or middleware, such as sagas. Found by its class. */
export abstract class MessagingExtension {
  handlers(): Handler[] {
    return [];
  }

  middleware(): Middleware[] {
    return [];
  }

  /** Deletes old data, in small transactions; called with each round of the retention. */
  forget(): Promise<void> {
    return Promise.resolve();
  }
}
