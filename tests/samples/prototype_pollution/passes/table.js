const cells = [];
for (let row = 0; row < 3; row++) { cells[row] = []; for (let col = 0; col < 3; col++) cells[row][col] = row * col; }
module.exports = cells;
