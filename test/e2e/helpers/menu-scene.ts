import { setTimeout as sleep } from 'node:timers/promises'
import type { TestDataset } from '../../helpers/data-repository.ts'
import { testRepository } from '../../helpers/git-repository.ts'
import { dataset, published } from '../../lib/publication/scene.ts'
import { onWork, type WorkScene } from '../../tasks/work-scene.ts'
import { onTmux, type Terminal } from './tmux.ts'

/** The menu on a terminal. */
export interface Menu extends Terminal {
  /** Opens it; `left 0` is shown where it has ended with 0. */
  readonly open: () => Promise<void>
  /** Chooses a command in it. */
  readonly choose: (command: string) => Promise<void>
  /** Chooses what begins like this, by what is typed or by the arrow keys. */
  readonly pick: (question: string, choice: string, typed?: string) => Promise<void>
  /** Answers a question with a text. */
  readonly answer: (question: string, text: string) => Promise<void>
  /** Answers whether it is to be done, and waits for its end; returns what was shown. */
  readonly doIt: () => Promise<string>
  /** The command line that was said to do the same. */
  readonly same: () => Promise<string>
}

/** A data repository, and the menu in its clone. */
export interface MenuScene extends WorkScene, Menu {
  /** Of the remote. */
  readonly branches: () => Promise<string[]>
}

export const what = 'What would you like to do?'

export function menuOn(terminal: Terminal): Menu {
  const { see, press, type, screen } = terminal
  /** Goes down to what begins like this, or from the end up to it, and chooses it. */
  const goTo = async (choice: string, most: number): Promise<void> => {
    let key = 'Down'
    for (let step = 0; step < most; step++) {
      const shown = await see('❯ ')
      if (shown.includes(`❯ ${choice}`)) break
      await press(key)
      for (let wait = 0; wait < 50 && (await screen()) === shown; wait++) await sleep(20)
      if ((await screen()) === shown) key = 'Up'
    }
    await see(`❯ ${choice}`)
    await press('Enter')
  }
  return {
    ...terminal,
    open: async () => {
      await type('clear; dm; echo "left $?"', 'Enter')
      await see(`? ${what}`)
    },
    choose: async (command) => {
      await see(`? ${what}`)
      await goTo(command + ' ', 40)
    },
    pick: async (question, choice, typed = '') => {
      await see(`? ${question}`)
      await type(typed)
      await goTo(choice, typed === '' ? 9 : 0)
    },
    answer: async (question, text) => {
      await see(`? ${question}`)
      await type(text, 'Enter')
    },
    doIt: async () => {
      await see('? Do this now? (y/N)')
      await type('y', 'Enter')
      return see('? And now?')
    },
    same: async () => /as a command:\n {2}(dm .*)\n/.exec(await screen())?.[1]?.trimEnd() ?? '',
  }
}

/** Puts `model.sqlite` with versions and their objects on the base, and what else there is; fetched. */
export async function publishModel(
  { put, commit, work }: WorkScene,
  names: readonly string[],
  ...others: TestDataset[]
): Promise<void> {
  const history = names.map((name) => published('model', name))
  for (const { version, r2_object_key: key } of history) {
    await put('production', key, `model ${version}`)
  }
  await commit('refs/heads/main', { datasets: [dataset('model', history), ...others] })
  await testRepository(work).git('fetch', '--quiet')
}

/** A test on a terminal of so many columns, in the clone of a data repository. */
export function onMenu(
  columns: number,
  body: (scene: MenuScene) => Promise<void>,
  settings: object = {},
): () => Promise<void> {
  return onWork(
    (scene) =>
      onTmux({ cwd: scene.work, columns }, (terminal) =>
        body({
          ...scene,
          ...menuOn(terminal),
          branches: async () =>
            (await scene.home.git('branch', '--format=%(refname:short)')).split('\n'),
        }),
      ),
    settings,
  )
}
