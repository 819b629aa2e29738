/** The person or service for which a request is made, as stated by its access token. */
export interface Principal {
  readonly issuer: string;
  /** The id of the person or service at the issuer. */
  readonly subject: string;
  readonly roles: ReadonlySet<string>;
  /** All claims of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the token expires. */
  readonly expiresAt: Date;
  /** The token itself, which calls to other services carry. */
  readonly token: string;
}

/** Identifies a principal among those of all issuers. */
export const principalId = ({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>): string => `${issuer}|${subject}`;
