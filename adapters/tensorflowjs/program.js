// Evaluates calls of TensorFlow.js for convparity: one JSON object on each line of standard input, one answer on each
// line of standard output, as docs/programs.md describes.
'use strict';

const fs = require('fs');

let tf;
let own;
try {
  const found = require.resolve('@tensorflow/tfjs');
  console.log = console.warn = console.info = (...words) => console.error(...words); // only answers are printed
  const warn = console.warn;
  console.warn = () => {}; // an advertisement of the native backend
  tf = require(found);
  tf.backend(); // chooses the backend, which is that of plain JavaScript
  tf.tensor([0]).dispose();
  console.warn = warn;
  own = require('@tensorflow/tfjs/package.json').version;
} catch (error) {
  say({program: 1, error: `${error}`.split('\n')[0]});
  process.exit(0);
}

const ARRAYS = {float32: Float32Array, int32: Int32Array};
const ENDINGS = {number: {Infinity, '-Infinity': -Infinity, NaN}};

function say(answer) {
  let text = Buffer.from(JSON.stringify(answer) + '\n');
  while (text.length) {
    try {
      text = text.subarray(fs.writeSync(1, text));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

// A word such as tf.conv2d stands for a function of TensorFlow.js itself, and for nothing else.
function named(words) {
  const [first, ...rest] = words.split('.');
  let at = first === 'tf' ? tf : undefined;
  for (const word of rest) {
    at = at !== undefined && Object.prototype.hasOwnProperty.call(at, word) ? at[word] : undefined;
  }
  if (typeof at !== 'function') throw new TypeError(`${words} is not a function`);
  return at;
}

function value(part, arrays) {
  if (Array.isArray(part)) return part.map((entry) => value(entry, arrays));
  if (part === null) return undefined; // as arguments are left out
  if (typeof part !== 'object') return part;
  if ('array' in part) {
    if (!(part.array in arrays)) throw new ReferenceError(`${part.array} is not defined`);
    return arrays[part.array];
  }
  if ('size' in part) return arrays[part.size].shape[part.axis];
  if ('number' in part) return ENDINGS.number[part.number];
  if ('fields' in part) {
    return Object.fromEntries(Object.entries(part.fields).map(([key, entry]) => [key, value(entry, arrays)]));
  }
  const call = named(part.call);
  return call(...part.with.map((entry) => value(entry, arrays)));
}

function tensor({dtype, shape, base64}) {
  const bytes = Buffer.from(base64, 'base64');
  const kind = ARRAYS[dtype];
  const values = new kind(bytes.length / 4);
  new Uint8Array(values.buffer).set(bytes);
  return tf.tensor(values, shape, dtype);
}

function answer({id, call, arrays}) {
  const unknown = Object.values(arrays).find(({dtype}) => !(dtype in ARRAYS));
  if (unknown) return {id, unsupported: `TensorFlow.js has no ${unknown.dtype}`};
  tf.engine().startScope(); // so that nothing stays in memory after this call
  try {
    const given = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor(array)]));
    const made = value(call, given);
    if (!(made instanceof tf.Tensor)) throw new TypeError(`the call returned ${typeof made}, and no tensor`);
    const found = made.dataSync(); // a plain array where tf.concat made no elements
    const {buffer, byteOffset, byteLength} = ArrayBuffer.isView(found) ? found : new ARRAYS[made.dtype](found);
    const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    return {id, values: {dtype: made.dtype, shape: made.shape, base64}};
  } catch (error) {
    return {id, error: `${error}`};
  } finally {
    tf.engine().endScope();
  }
}

say({
  program: 1,
  name: 'TensorFlow.js',
  version: own,
  packages: {'@tensorflow/tfjs': own, node: process.versions.node},
  facts: {backend: tf.getBackend()},
});

const lines = require('readline').createInterface({input: process.stdin, crlfDelay: Infinity});
lines.on('line', (line) => say(answer(JSON.parse(line))));
lines.on('close', () => process.exit(0));
