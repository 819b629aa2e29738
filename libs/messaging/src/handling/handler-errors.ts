import { classify, InboxFailed, isAboutTheDatabase } from './errors.js';

/** Tells errors of handlers from those of the inbox's own statements: claiming, dead-lettering, the outbox's insert, the commit. */
export class HandlerErrors {
  private readonly errors = new WeakSet<object>();

  /** Runs a handler. */
  async noting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (typeof error === 'object' && error !== null) this.errors.add(error);
      throw error;
    }
  }

  /**
   * Throws what a transaction failed with: as InboxFailed when it was neither a handler's error nor about the data that
   * was to be stored, which are the message's own.
   */
  rethrow(error: unknown): never {
    const isHandlers = typeof error === 'object' && error !== null && this.errors.has(error);
    throw !isHandlers && classify(error) === 'fault' && isAboutTheDatabase(error) ? new InboxFailed(error) : error;
  }
}
