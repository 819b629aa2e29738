/**
 * The form in which texts of users are kept and compared (NFC): é is one character, whether a keyboard sent it as one or as e
 * and a mark. What looks alike but is not canonically equivalent stays different.
 */
export const normalized = (text: string): string => text.normalize('NFC');
