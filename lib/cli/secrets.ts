import type { Environment } from '../config/define-config.ts'
import { redactUrls } from '../format/redact-urls.ts'

const secretName = /KEY|SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL|(?:^|_)AUTH(?:_(?!SOCK)|$)/i
// Shorter values are words such as "true" or "1": hiding them would garble what is printed.
const shortestSecret = 6

/**
 * What hides every secret of an environment in a text: the values as they are, URL-encoded, and as
 * JSON writes them; and what URLs may carry.
 *
 * @param names further variables that hold secrets: those that a config names as credentials
 */
export function createRedactor(
  env: Environment,
  names: readonly string[],
): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name]) => secretName.test(name) || names.includes(name))
    // Settings are trimmed before they are used, and a key of several lines is printed line by line.
    .flatMap(([, value = '']) => [value].concat(value.split('\n').map((line) => line.trim())))
    .filter((value) => value.length >= shortestSecret)
  const forms = new Set(
    secrets.flatMap((value) => [
      value,
      encodeURIComponent(value),
      encodeURI(value),
      JSON.stringify(value).slice(1, -1),
    ]),
  )
  // The longest first: one secret may contain another.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length)
  return (text) => {
    const hidden = ordered.reduce((result, form) => result.replaceAll(form, '[hidden]'), text)
    return redactUrls(hidden)
  }
}
