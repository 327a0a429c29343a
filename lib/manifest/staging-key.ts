/** Where the bytes of an upload wait in the staging bucket: the same for the same bytes. */
export function stagingKey(sha256: string): string {
  return `staging-uploads/${sha256}.sqlite`
}
