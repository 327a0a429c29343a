import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findLabelling, refuseAcceptance } from '../../../lib/forge/acceptance.ts'
import { type GitHub, toGitHub } from '../../../lib/forge/forge.ts'
import { openGitHub } from '../../../lib/forge/github-client.ts'
import { startGitHub, TOKEN } from '../../helpers/github-server.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/forge/acceptance')

const head = '1'.repeat(40)
const other = '0'.repeat(40)

test('only the setting of the label accepts anything', () => {
  const event = { number: 1, head, sender: 'grace', action: 'labeled', label: 'data: accepted' }
  assert.equal(findLabelling(event), { number: 1, head, sender: 'grace' })
  for (const action of ['opened', 'synchronize', 'reopened', 'unlabeled', 'edited']) {
    assert.is(findLabelling({ ...event, action }), null, action)
  }
  for (const label of ['data: accepted!', 'Data: accepted', null]) {
    assert.is(findLabelling({ ...event, label }), null)
  }
})

test('it counts for one head, from somebody who may write and has not made it', () =>
  inFolder(async (folder) => {
    const github = await startGitHub(folder)
    const pull: (typeof github.pulls)[number] = {
      number: 1,
      title: 'T',
      body: '',
      state: 'open',
      head: 'acme:third',
      base: 'main',
      labels: ['data: accepted'],
      sha: head,
      author: 'ada',
      makers: ['ada', 'Linus'],
    }
    github.pulls.push(pull)
    Object.assign(github.permissions, { grace: 'write', ada: 'admin', eve: 'read', linus: 'write' })
    const path = ['acme', 'data']
    const forge = { kind: 'github', host: new URL(github.url).host, web: github.url } as const
    const known = toGitHub({ ...forge, path, pushPath: path }, github.env) as GitHub
    const clock = (): Date => new Date()
    const client = await openGitHub(known, { value: TOKEN, source: 'GH_TOKEN' }, { env: {}, clock })
    const ask = (sender: string, at = head): Promise<string | null> =>
      refuseAcceptance(client, { number: 1, head: at, sender }, head)
    try {
      assert.is(await ask('grace'), null)
      assert.match((await ask('ada')) ?? '', 'its author')
      assert.match((await ask('ADA')) ?? '', 'its author')
      assert.match((await ask('')) ?? '', 'its author')
      assert.match((await ask('eve')) ?? '', 'may not write')
      assert.match((await ask('nobody')) ?? '', 'may not write')
      assert.match((await ask('linus')) ?? '', 'has made a commit')
      assert.match((await ask('grace', other)) ?? '', 'another commit')
      pull.sha = other
      assert.match((await ask('grace')) ?? '', 'moved on')
      pull.sha = head
      pull.labels = ['data: upload']
      assert.match((await ask('grace')) ?? '', 'taken off')
      assert.equal(github.problems, [])
    } finally {
      await github.close()
    }
  }))

test.run()
