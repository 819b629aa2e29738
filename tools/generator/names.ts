import { UserError } from '@ftgo/runner/errors';
import ts from 'typescript';

/** The names of a service, its aggregate and its contract in each place. The comments show those of gift-card. */
export interface ServiceNames {
  /** `gift-card` */
  readonly short: string;
  /** `gift-card-service` */
  readonly service: string;
  /** `giftcard`: protobuf package, topics, the file of the contract. */
  readonly contract: string;
  /** `GiftCard` */
  readonly aggregate: string;
  /** `GiftCards` */
  readonly aggregatePlural: string;
  /** `giftCard` */
  readonly property: string;
  /** `giftCards` */
  readonly plural: string;
  /** `gift-cards` */
  readonly path: string;
  /** `gift_cards` */
  readonly table: string;
  /** `GIFT_CARD` */
  readonly code: string;
  /** `gift card` */
  readonly words: string;
  readonly wordsPlural: string;
  /** The article: `a` or `an`. */
  readonly a: string;
  /** `ftgo_gift_card` */
  readonly database: string;
}

/** Kubernetes allows 63 characters, including `-service` and the hashes in a pod's name. */
const longest = 30;

/** Throws unless the name is valid for a service; the suffix `-service` is optional. */
export function serviceNames(given: string): ServiceNames {
  const short = given.replace(/-service$/, '');
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(short) || short.length > longest)
    throw new UserError(`invalid service name '${given}': expected lower-case words, such as gift-card, of at most ${longest} characters`);
  const words = short.split('-');
  const plurals = [...words.slice(0, -1), pluralOf(words.at(-1) ?? '')];
  const names = {
    short,
    service: `${short}-service`,
    contract: words.join(''),
    aggregate: pascal(words),
    aggregatePlural: pascal(plurals),
    property: camel(words),
    plural: camel(plurals),
    path: plurals.join('-'),
    table: plurals.join('_'),
    code: words.join('_').toUpperCase(),
    words: words.join(' '),
    wordsPlural: plurals.join(' '),
    a: /^[aeiou]/.test(short) ? 'an' : 'a',
    database: `ftgo_${words.join('_')}`,
  };
  for (const name of [names.contract, names.property, names.plural])
    if (!isIdentifier(name)) throw new UserError(`invalid service name '${given}': '${name}' is a TypeScript keyword`);
  return names;
}

/** Checks the name of a message: `TicketReopened`. */
export function messageName(given: string): string {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(given))
    throw new UserError(`invalid message name '${given}': expected capitalised words without spaces, such as TicketReopened`);
  return given;
}

function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const pascal = (words: readonly string[]): string => words.map(capital).join('');
const camel = ([first = '', ...rest]: readonly string[]): string => first + pascal(rest);

function isIdentifier(name: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, name);
  return scanner.scan() === ts.SyntaxKind.Identifier;
}
