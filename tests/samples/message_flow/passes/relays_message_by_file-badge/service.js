import { show } from './badge.js';
import { versions } from './news.js';

chrome.runtime.onMessage.addListener((message) => show(message.words));
chrome.runtime.onInstalled.addListener(() => versions('en'));
