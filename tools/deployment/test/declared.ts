/** What a deployment file should contain for an app. If it is missing, the error says where to read how to add it. */
export function declared<T>(value: T | undefined, missing: string): T {
  if (value === undefined) throw new Error(`${missing}: see part 3 of docs/guides/add-a-service.md`);
  return value;
}
