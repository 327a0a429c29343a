/**
 * A text without the secrets that URLs in it may carry, in time proportional to its length.
 *
 * The whole `user:password@` of HTTP goes, since a token may stand in either place; of other
 * schemes only what has a password, so that `ssh://git@host` stays readable. A query goes whole.
 */
export function redactUrls(text: string): string {
  // Searched from the `://` on: a pattern that began at the scheme would begin at every letter.
  return text
    .replaceAll(/:\/\/[^\s/]*@/g, (found: string, offset: number) => {
      const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, offset - 20), offset))?.[0]
      if (scheme === undefined) return found
      const isHttp = /https?$/i.test(scheme)
      return isHttp || found.slice(3, -1).includes(':') ? '://***@' : found
    })
    .replaceAll(/[^\s'"<>]+/g, (word) => {
      const url = word.indexOf('://')
      const query = url === -1 ? -1 : word.indexOf('?', url)
      return query === -1 ? word : `${word.slice(0, query)}?***`
    })
}
