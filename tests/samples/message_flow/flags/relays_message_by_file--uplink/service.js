import Uplink from './uplink.js';
const up = new Uplink();
chrome.runtime.onConnect.addListener((port) => { port.onMessage.addListener((m) => up.queue(m)); });
