/**
 * Normalizes user-supplied text to NFC before it is stored or compared: é is one character, whether a keyboard sent it as one
 * or as e plus a combining mark. Characters that only look alike stay different.
 */
export const normalized = (text: string): string => text.normalize('NFC');
