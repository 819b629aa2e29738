import { AsyncLocalStorage } from 'node:async_hooks';

interface Oldest {
  ageMs?: number;
}

const ambient = new AsyncLocalStorage<Oldest>();

/** The age of the oldest cached response that the current work got in place of a fresh one. */
export const responseAge = {
  /** Runs work; the function that it gets returns the age, undefined while every response is fresh. */
  observe<T>(work: (ageMs: () => number | undefined) => T): T {
    const oldest: Oldest = {};
    return ambient.run(oldest, () => work(() => oldest.ageMs));
  },

  note(ageMs: number): void {
    const oldest = ambient.getStore();
    if (oldest) oldest.ageMs = Math.max(ageMs, oldest.ageMs ?? 0);
  },
};
