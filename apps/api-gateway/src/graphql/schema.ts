import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';

/** The schema is the file that clients read too; the fields are resolved by the methods of Root and the nodes. */
export const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
