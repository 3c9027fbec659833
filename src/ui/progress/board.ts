// Until cli/ names the display as it is called now.
export { createDisplay as createBoard } from './display.js';
export { FEW } from './messages.js';
