import { inspectImage } from '#imgdl/inspect/inspect.js';
import { bytesOf, FIXTURES, imageOf } from '../../inspect/fixtures.js';
import { requireShowable, type Target } from '../target.js';

const image: Target = {
  name: 'image-header',
  words: [
    'QFI\xfb',
    'KDMV',
    'COWD',
    'conectix',
    'cxsparse',
    'vhdxfile',
    '# Disk DescriptorFile\n',
    'version=1\n',
    'createType="',
    'RW 1 FLAT "',
    'parentFileNameHint="',
    '\xff\xff\xff\xff',
    '\0\0\0\x04',
    'json:{',
  ],
  seeds: FIXTURES.filter(({ size }) => size < 20_000).map(bytesOf),
  async check(input) {
    const { format, findings } = await inspectImage(imageOf(input), { said: 'raw', by: 'metadata', formats: ['raw'] });
    for (const { message } of findings) requireShowable(message);
    return `${format}: ${findings.map(({ code, message }) => (code === 'inspect.header' ? message : code)).join(' ')}`;
  },
};

export const IMAGES: readonly Target[] = [image];
