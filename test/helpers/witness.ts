import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import * as assert from 'uvu/assert'
import {
  addNumbers,
  type BaseState,
  type Numbers,
  readStates,
  verifyChange,
} from './base-changes.ts'
import { objectId } from '../../lib/manifest/retired.ts'
import { readGitObjects, type TestRepository } from './git-repository.ts'
import { type Asked, type Stock, takeStock, verifyInvariants, type World } from './invariants.ts'
import { repositoryState } from './repository-state.ts'

/** How far the clocks of servers are from each other's, in milliseconds: they tell seconds. */
const tolerance = 60_000

/** What a witness looks at besides the base and the buckets. */
export interface Scenery extends World {
  /** The users' clones: dm leaves what belongs to their users as it is. */
  readonly clones?: readonly TestRepository[]
  /**
   * A folder that holds nothing but what `pull` wrote, each file under its dataset's name. A hidden
   * file is what the next run continues.
   */
  readonly pulled?: string
  /** What must not be read anywhere. */
  readonly secrets?: readonly string[]
}

/**
 * Sees a world before a command and after it, again and again, and asserts that the invariants held:
 * those of a state, and those of what has become of the state that was seen last. Two of the ten it
 * cannot see: that a killed command ends the same when it is run again, and how much memory one takes.
 */
export class Witness {
  private readonly scenery: Scenery
  private readonly numbers: Numbers = new Map()
  private stock: Stock = new Map()
  private tip: string | null = null
  private state: BaseState = { text: '[]', retired: { numbers: {}, objects: [] } }
  private clones: readonly string[] = []
  private pulled: ReadonlySet<string> = new Set()
  /** When this witness looked last. */
  private seenAt = 0

  private constructor(scenery: Scenery) {
    this.scenery = { ...scenery, git: remembering(scenery.git) }
  }

  /** One that has seen the world as it is now. */
  static async of(scenery: Scenery): Promise<Witness> {
    const witness = new Witness(scenery)
    const tip = await scenery.git('rev-parse', 'main')
    for await (const state of readStates(witness.scenery.git, null, tip, scenery.path)) {
      addNumbers(state, witness.numbers)
      witness.state = state
    }
    witness.tip = tip
    witness.stock = await takeStock(scenery)
    await witness.seeFiles()
    witness.seenAt = witness.now()
    return witness
  }

  /**
   * @param said what commands have printed since
   * @param asked what they were asked for
   */
  async verify(said = '', asked: Asked = {}): Promise<void> {
    await this.verifyBase()
    this.stock = await verifyInvariants(this.scenery, this.stock, { trusts: true, ...asked })
    const [clones, pulled] = [this.clones, this.pulled]
    await this.seeFiles(asked)
    assert.equal(this.clones, clones, 'what belongs to the user of a clone was touched')
    for (const file of pulled) assert.ok(this.pulled.has(file), `${file} was there, and is gone`)
    for (const secret of this.secrets()) assert.not(said.includes(secret), 'a secret was printed')
    this.seenAt = this.now()
  }

  /**
   * The same, and looks at what it need not look at after every command: each object is read again,
   * whatever its date, and git keeps what was ever written to it.
   */
  async verifyAll(): Promise<void> {
    await this.verify('', { trusts: false })
    const { git, clones = [] } = this.scenery
    const remote = await git('rev-parse', '--absolute-git-dir')
    for (const folder of [remote, ...clones.map((clone) => clone.folder)]) {
      const written = await readGitObjects(folder)
      for (const secret of this.secrets()) {
        assert.not(written.includes(secret), 'a secret was committed')
      }
    }
  }

  private secrets(): string[] {
    const { secrets = [] } = this.scenery
    return secrets.flatMap((one) => [one, encodeURIComponent(one)])
  }

  private async verifyBase(): Promise<void> {
    const { git, path: manifest } = this.scenery
    const tip = await git('rev-parse', 'main')
    if (tip === this.tip) return
    await git('merge-base', '--is-ancestor', this.tip ?? '', tip).catch(() =>
      assert.unreachable('the base was rewritten'),
    )
    for await (const state of readStates(git, this.tip, tip, manifest)) {
      verifyChange(this.state, state, this.numbers)
      this.verifyListed(state)
      this.state = state
    }
    this.tip = tip
  }

  /** What came on the list since this witness looked last came there since then. */
  private verifyListed({ retired: { objects } }: BaseState): void {
    const known = new Set(this.state.retired.objects.map(objectId))
    for (const object of objects.filter((one) => !known.has(objectId(one)))) {
      const time = Date.parse(object.since)
      const isNow = time >= this.seenAt - tolerance && time <= this.now() + tolerance
      assert.ok(isNow, `${object.key} was not given up at ${object.since}`)
    }
  }

  private now(): number {
    return this.scenery.now?.() ?? Date.now()
  }

  private async seeFiles({ proposed = false }: Asked = {}): Promise<void> {
    const { clones = [], pulled } = this.scenery
    this.clones = await Promise.all(clones.map(repositoryState))
    if (pulled === undefined) return
    const files = new Set<string>()
    for await (const entry of glob('**', { cwd: pulled, withFileTypes: true })) {
      if (entry.isDirectory()) continue
      const file = path.join(entry.parentPath, entry.name)
      const sha256 = createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
      const isPublished = [...this.numbers].some(
        ([id, hash]) => id.startsWith(`${entry.name}\0`) && hash === sha256,
      )
      const isTold = proposed && this.state.text.includes(sha256)
      assert.ok(isPublished || isTold, `${file} is no version of ${entry.name}`)
      files.add(file)
    }
    this.pulled = files
  }
}

/** Does not ask again what a commit holds. */
function remembering(git: World['git']): World['git'] {
  const known = new Map<string, Promise<string>>()
  return (...args) => {
    if (args[0] !== 'show' || !/^[0-9a-f]{40}:/.test(args[1] ?? '')) return git(...args)
    const name = args.join(' ')
    const found = known.get(name) ?? git(...args)
    known.set(name, found)
    return found
  }
}
