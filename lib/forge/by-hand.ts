import type { Forge } from './forge.ts'

/**
 * Where a person opens a pull request (a merge request) for a branch; null where nobody knows how the
 * forge's addresses are built.
 *
 * @param base the branch that it is to be merged into
 */
export function addressByHand(forge: Forge, branch: string, base: string): string | null {
  const { kind, web, path, pushPath } = forge
  const repository = pages(web, path)
  const encoded = encodeURIComponent(branch)
  switch (kind) {
    case 'github':
      return `${pages(web, pushPath)}/pull/new/${encodePath(branch.split('/'))}`
    case 'gitlab': {
      const source = `merge_request%5Bsource_branch%5D=${encoded}`
      const target = `merge_request%5Btarget_branch%5D=${encodeURIComponent(base)}`
      return `${pages(web, pushPath)}/-/merge_requests/new?${source}&${target}`
    }
    case 'gitea':
      return `${repository}/compare/${encodePath(base.split('/'))}...${encodePath(branch.split('/'))}`
    case 'bitbucket':
      return `${pages(web, pushPath)}/pull-requests/new?source=${encoded}&t=1`
    case 'bitbucket-server':
      return bitbucketServer(forge, encoded)
    case 'azure':
      return azure(forge, encoded, encodeURIComponent(base))
    case 'unknown':
      return null
  }
}

/** `scm/PROJ/repo` by https, `PROJ/repo` by ssh; `~user` for those of a person. */
function bitbucketServer({ web, pushPath }: Forge, branch: string): string | null {
  const [project, name, ...more] = pushPath[0] === 'scm' ? pushPath.slice(1) : pushPath
  if (project === undefined || name === undefined || more.length > 0) return null
  const owner = project.startsWith('~') ? ['users', project.slice(1)] : ['projects', project]
  const page = pages(web, [...owner, 'repos', name, 'pull-requests'])
  return `${page}?create&sourceBranch=refs%2Fheads%2F${branch}`
}

/** `org/project/_git/repo` by https, `v3/org/project/repo` by ssh; the organization in the host before. */
function azure({ host, pushPath }: Forge, branch: string, base: string): string | null {
  const parts = pushPath.filter((part) => !['_git', 'v3', 'DefaultCollection'].includes(part))
  const organization = /^(?!vs-ssh\.)(.+)\.visualstudio\.com$/.exec(host)?.[1]
  const [owner, project, name = project] =
    organization === undefined ? parts : [organization, ...parts]
  if (owner === undefined || project === undefined || name === undefined) return null
  const page = pages('https://dev.azure.com', [owner, project, '_git', name, 'pullrequestcreate'])
  return `${page}?sourceRef=${branch}&targetRef=${base}`
}

function pages(web: string, path: readonly string[]): string {
  return `${web}/${encodePath(path)}`
}

function encodePath(parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join('/')
}
