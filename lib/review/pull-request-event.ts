import { readFile } from 'node:fs/promises'
import type { Environment } from '../config/define-config.ts'

/** What GitHub Actions says of the pull request that a workflow runs for. */
export interface PullRequestEvent {
  readonly number: number
  /** `opened`, `synchronize`, `labeled`, … */
  readonly action: string
  /** The head when it happened. */
  readonly head: string
  /** Of a label that was set or taken off; else null. */
  readonly label: string | null
  /** Whose doing it is. */
  readonly sender: string
}

/**
 * Reads the event that the workflow runs for; null outside of GitHub Actions, and where it is about no
 * pull request. Nobody but GitHub writes it: a new commit, a comment or a title cannot make one up.
 */
export async function readPullRequestEvent(env: Environment): Promise<PullRequestEvent | null> {
  const { GITHUB_ACTIONS: isActions, GITHUB_EVENT_PATH: file } = env
  if (isActions !== 'true' || !file) return null
  const event = toRecord(parse(await readFile(file, 'utf8').catch(() => '')))
  const pull = toRecord(event['pull_request'])
  const [number, action] = [pull['number'], event['action']]
  const head = toRecord(pull['head'])['sha']
  const sender = toRecord(event['sender'])['login']
  const label = toRecord(event['label'])['name']
  if (typeof number !== 'number' || typeof action !== 'string' || typeof head !== 'string') {
    return null
  }
  return {
    number,
    action,
    head,
    label: typeof label === 'string' ? label : null,
    sender: typeof sender === 'string' ? sender : '',
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
