/** The name under which members agree on the assignment algorithm; change it when `assign` changes. */
export const protocolName = 'ftgo-balanced';
