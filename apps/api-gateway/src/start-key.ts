import { InvalidRequest, startKeyParam } from '@ftgo/platform';

/** Where a list goes on; the service that made it knows what is in it. */
export const startKey = () =>
  startKeyParam()
    .optional()
    .transform((key) => key ?? '');

/** What the service calls a page token is the startKey of the client, also where it is refused. */
export async function startingAt<Page>(asked: Promise<Page>): Promise<Page> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw new InvalidRequest(error.errors.map((each) => (each.pointer === '/pageToken' ? { ...each, pointer: '/startKey' } : each)));
  }
}
