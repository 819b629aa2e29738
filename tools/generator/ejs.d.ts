/** The part of ejs that the generator uses. */
declare module 'ejs' {
  interface Options {
    readonly escape: (value: unknown) => string;
    readonly filename: string;
  }
  const ejs: { render(template: string, data: object, options: Options): string };
  export default ejs;
}
