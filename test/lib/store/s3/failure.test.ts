import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isConditionFailed,
  isDenied,
  isMissing,
  isMissingBucket,
  isMissingUpload,
  isBusy,
  isPassing,
  isUnsupported,
  readFailure,
} from '../../../../lib/store/s3/failure.ts'

const test = suite('lib/store/s3/failure')

/** An error as the SDK throws it. */
function sdkError(name: string, status?: number, fields: object = {}): Error {
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status } }
  return Object.assign(new Error(`the text of ${name}`), { name, ...metadata, ...fields })
}

const kinds = {
  isPassing,
  isBusy,
  isDenied,
  isMissing,
  isMissingBucket,
  isConditionFailed,
  isMissingUpload,
  isUnsupported,
}

function kindsOf(error: unknown): string[] {
  const failure = readFailure(error)
  return Object.entries(kinds)
    .filter(([, is]) => is(failure))
    .map(([name]) => name)
}

test('each failure of a server or the system is of the kind that decides what is done', () => {
  const cases: readonly (readonly [Error, readonly string[]])[] = [
    [sdkError('NoSuchKey', 404), ['isMissing']],
    [sdkError('NotFound', 404), ['isMissing']],
    [sdkError('UnknownError', 404), ['isMissing']],
    [sdkError('NoSuchBucket', 404), ['isMissingBucket']],
    [sdkError('AccessDenied', 403), ['isDenied']],
    [sdkError('Forbidden', 403), ['isDenied']],
    [sdkError('Unauthorized', 401), ['isDenied']],
    [sdkError('ExpiredToken', 400), ['isDenied']],
    [sdkError('SlowDown', 503), ['isPassing', 'isBusy']],
    [sdkError('InternalError', 500), ['isPassing']],
    [sdkError('Unknown', 502), ['isPassing']],
    [sdkError('TooManyRequests', 429), ['isBusy']],
    [sdkError('BadDigest', 400), ['isPassing']],
    [sdkError('RequestTimeout', 400), ['isPassing']],
    [sdkError('TimeoutError'), ['isPassing']],
    [sdkError('Error', undefined, { code: 'ECONNRESET' }), ['isPassing']],
    [sdkError('Error', undefined, { code: 'EAI_AGAIN' }), ['isPassing']],
    [sdkError('Error', undefined, { code: 'CERT_HAS_EXPIRED' }), []],
    [sdkError('PreconditionFailed', 412), ['isConditionFailed']],
    [sdkError('NotImplemented', 501), ['isUnsupported']],
    [sdkError('MethodNotAllowed', 405), ['isUnsupported']],
    // What a proxy answers has no name.
    [sdkError('Unknown', 412), ['isConditionFailed']],
    [sdkError('Unknown', 408), ['isPassing']],
    [sdkError('Unknown', 405), ['isUnsupported']],
    [sdkError('Unknown', 403), ['isDenied']],
    [sdkError('InvalidArgument', 400), []],
    [new Error('an error of our own'), []],
  ]
  for (const [error, expected] of cases) assert.equal(kindsOf(error), expected, error.name)
})

test('each name that a server or the system has for what passes is known', () => {
  const system = `EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ENOTFOUND
    EPIPE ERR_PROXY_TUNNEL ETIMEDOUT`
  for (const code of system.split(/\s+/))
    assert.equal(kindsOf(sdkError('Error', undefined, { code })), ['isPassing'], code)
  const server = `BadDigest ConditionalRequestConflict IncompleteBody InternalError OperationAborted
    RequestTimeout TimeoutError`
  for (const name of server.split(/\s+/)) assert.equal(kindsOf(sdkError(name)), ['isPassing'], name)
  const busy = `RequestLimitExceeded ServiceUnavailable SlowDown Throttling ThrottlingException
    TooManyRequests`
  for (const name of busy.split(/\s+/)) assert.equal(kindsOf(sdkError(name)), ['isBusy'], name)
})

test('an upload that is gone is told apart from an object that is not there', () => {
  assert.ok(kindsOf(sdkError('NoSuchUpload', 404)).includes('isMissingUpload'))
  assert.not.ok(kindsOf(sdkError('NoSuchKey', 404)).includes('isMissingUpload'))
})

test(`the server's own name for it counts before that of the SDK`, () => {
  const failure = readFailure(sdkError('S3ServiceException', 404, { Code: 'NoSuchBucket' }))
  assert.equal([failure.name, failure.status], ['NoSuchBucket', 404])
})

test('what is thrown without being an error is a failure without a kind', () => {
  for (const thrown of ['text', null, undefined, 42, { name: 'NoSuchKey' }]) {
    assert.equal(kindsOf(thrown), [])
  }
  assert.is(readFailure('text').message, 'text')
})

test('fields of an unexpected type are not believed', () => {
  const error = sdkError('Odd', undefined, { code: 7, $metadata: { httpStatusCode: '500' } })
  const { status, code } = readFailure(error)
  assert.equal([status, code], [undefined, undefined])
})

test.run()
