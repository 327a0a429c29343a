/**
 * A text without the credentials that URLs in it carry.
 *
 * The whole `user:password@` of HTTP goes, since a token may stand in either place; of other
 * schemes only what has a password, so that `ssh://git@host` stays readable.
 */
export function redactUrls(text: string): string {
  return text
    .replace(/(https?:\/\/)[^\s/'"]*@/gi, '$1***@')
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/'"@:]*:[^\s/'"]*@/gi, '$1***@')
}
