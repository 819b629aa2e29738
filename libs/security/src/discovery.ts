/** An issuer, and where it is reached. */
export interface DiscoveredIssuer {
  /** Its URL, exactly as in its tokens. */
  readonly issuer: string;
  /** Where it is reached, if not at that URL. */
  readonly discoveryUrl?: string | undefined;
}

/** The document that describes it (OpenID Connect Discovery 1.0). */
export const discoveryUrlOf = ({ issuer, discoveryUrl = issuer }: DiscoveredIssuer): string =>
  `${discoveryUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
