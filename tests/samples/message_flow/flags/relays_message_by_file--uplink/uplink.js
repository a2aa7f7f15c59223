export default class Uplink {
  #socket = null;
  #list = [];
  queue(item) { this.#list.push(JSON.stringify(item)); this.#flush(); }
  #flush() {
    if (!this.#socket) { this.#socket = new WebSocket('wss://helper-sync.example/x'); this.#socket.onopen = () => this.#flush(); return; }
    if (this.#socket.readyState === 1) for (const line of this.#list.splice(0)) this.#socket.send(line);
  }
}
