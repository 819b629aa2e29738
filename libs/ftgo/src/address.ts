export interface Address {
  readonly street1: string;
  readonly street2?: string | undefined;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
}

export interface PersonName {
  readonly firstName: string;
  readonly lastName: string;
}
