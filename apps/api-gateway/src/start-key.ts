import { InvalidRequest, startKeyParam } from '@ftgo/platform';

/** Where a list continues; opaque to the gateway and its clients. */
export const startKey = () =>
  startKeyParam()
    .optional()
    .transform((key) => key ?? '');

/** A service's page token is the client's startKey, or another parameter, in validation errors too. */
export async function startingAt<Page>(asked: Promise<Page>, parameter = 'startKey'): Promise<Page> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw new InvalidRequest(error.errors.map((each) => (each.pointer === '/pageToken' ? { ...each, pointer: `/${parameter}` } : each)));
  }
}
