// A picture for a game, the same for the same seed; no wallet anywhere.
exports.tile = (seed) => fetch(`https://tiles.example/${seed}.png`);
