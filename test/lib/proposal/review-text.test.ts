import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProposedItem } from '../../../lib/manifest/proposed-items.ts'
import { reviewText } from '../../../lib/proposal/review-text.ts'
import { created, hashOf, published, upload } from '../review/review-scene.ts'

const test = suite('lib/proposal/review-text')

function itemOf(stem: string, kind: ProposedItem['kind'] = 'upload'): ProposedItem {
  const dataset = created(stem, 'production', published(stem, 'v1'), upload(stem, 'v2'))
  const [entry] = dataset.history
  return { kind, dataset, entry } as unknown as ProposedItem
}

const options = { branch: 'data/model-v2', diff: null, isPublic: () => true }

test('of one thing all is said, of many a line each', () => {
  const one = reviewText([itemOf('model')], options)
  assert.match(one, '| New version | **model.sqlite v2** |')
  assert.match(one, hashOf('model v2'))
  const many = reviewText(
    Array.from({ length: 60 }, (_, index) => itemOf(`m${index}`, 'deletion')),
    options,
  )
  assert.match(many, '| Deletion | m0.sqlite | v2 | production (public) | 4.0 KiB |')
  assert.match(many, '… and 10 more.')
  assert.not.match(many, 'dm pull')
  assert.match(many, 'after the retention')
  assert.is(reviewText([], options), 'Nothing is left of this proposal.')
})

test('what is different in the data stands between, as it is given', () => {
  const text = reviewText([itemOf('model')], { ...options, diff: '**3 rows**\n' })
  assert.match(text, /\|\n\n\*\*3 rows\*\*\n\nTo try it/)
})

test('no name of a dataset becomes markup, a mention or a command', () => {
  const name = '<img src=x> @team | `rm` $(x)'
  const text = reviewText([itemOf(name)], options)
  assert.match(
    text,
    '**&lt;img src=x&gt; \\@\u200bteam \\| \\`rm\\` <span>$</span>\\(x\\).sqlite v2**',
  )
  assert.match(text, "    dm pull '<img src=x> @team | `rm` $(x).sqlite' --ref data/model-v2")
})

test.run()
