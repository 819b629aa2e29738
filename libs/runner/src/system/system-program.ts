import { join } from 'node:path';

/** The program that runs a whole system in the foreground: `npm start`. */
export const systemProgram = join(import.meta.dirname, 'main.ts');
