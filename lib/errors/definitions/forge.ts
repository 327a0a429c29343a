import { define } from '../define.ts'

/** What is on the branch stays, whatever a forge says. */
const AGAIN = 'Then run the same command again: it goes on from there.'

/** Failures of forges: of their APIs, not of git's remote. */
export const forgeErrors = {
  DM_FORGE_UNAVAILABLE: define<{ host: string; reason: string }>({
    exit: 1,
    message: ({ host, reason }) => `The API of ${host} cannot be reached: ${reason}.`,
    hint: () => `See whether the network and the proxy are right, or wait. ${AGAIN}`,
  }),
  DM_FORGE_CERTIFICATE: define<{ host: string; reason: string }>({
    exit: 1,
    message: ({ host, reason }) =>
      `The certificate of ${host} is not trusted (${reason}); no token was sent.`,
    hint: () =>
      "Where a proxy of your company reads what is sent, name the file of its certificates in NODE_EXTRA_CA_CERTS, or add them to the machine's store.",
  }),
  DM_FORGE_KEY_REFUSED: define<{ host: string; source: string; reason: string }>({
    exit: 1,
    message: ({ host, source, reason }) =>
      `${host} does not accept the token from ${source}: ${reason}.`,
    hint: ({ source }) =>
      source === 'gh auth token'
        ? `It may have expired: log in with 'gh auth login'. ${AGAIN}`
        : `It may have expired: set a valid one in ${source}, or unset it to use what 'gh auth login' has. ${AGAIN}`,
  }),
  DM_FORGE_DENIED: define<{
    host: string
    repository: string
    source: string
    action: string
    reason: string
    /** As GitHub says it: `pull_requests=write`; null: it does not say. */
    needed: string | null
    isSingleSignOn: boolean
  }>({
    exit: 1,
    message: ({ host, repository, source, action, reason }) =>
      `The token from ${source} may not ${action} in ${repository} on ${host}: ${reason}.`,
    hint: ({ needed, isSingleSignOn }) =>
      isSingleSignOn
        ? `Authorize the token for the organization's single sign-on, in GitHub's settings of tokens. ${AGAIN}`
        : `Give it ${needed === null ? "the permission 'Pull requests: write'" : `the permissions that are needed (${needed})`}; a classic token needs the scope 'repo'. In a workflow, see 'permissions', and whether the organization lets Actions create pull requests. ${AGAIN}`,
  }),
  DM_FORGE_NOT_FOUND: define<{ host: string; repository: string; source: string }>({
    exit: 1,
    message: ({ host, repository, source }) =>
      `${host} shows no repository ${repository} to the token from ${source}.`,
    hint: () =>
      `See whether the remote's address is right, and whether the token was made for this repository: GitHub hides what a token may not see. ${AGAIN}`,
  }),
  DM_FORGE_REJECTED: define<{ host: string; action: string; status: number; reason: string }>({
    exit: 1,
    message: ({ host, action, status, reason }) =>
      `${host} refused to ${action} (${status}): ${reason}.`,
    hint: () => `Correct what it names, or do it by hand on its pages. ${AGAIN}`,
  }),
  DM_FORGE_LIMIT: define<{ host: string; kind: 'primary' | 'secondary'; until: string | null }>({
    exit: 1,
    message: ({ host, kind, until }) =>
      `${host} takes no more requests ${kind === 'primary' ? 'of this account for now: the hourly limit is used up' : 'for now: too many came in a short time'}${until === null ? '' : `, until ${until}`}.`,
    hint: ({ until }) => `Wait${until === null ? ' a few minutes' : ' until then'}. ${AGAIN}`,
  }),
}
