/** How partitions are shared out is agreed on by this name; change it when `assign` changes. */
export const protocolName = 'ftgo-balanced';
